"""Runs a stage in a clone of the repository, which is made first: python -m cnnbench.running.in_clone <order> <result>.

A process of its own, on a machine that shares nothing with the caller but DVC's remote.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

from filelock import FileLock

from cnnbench.core import files, interrupts
from cnnbench.core.errors import one_line
from cnnbench.running import clones, job, remote
from cnnbench.running.checkpoint_copies import CheckpointCopies
from cnnbench.running.exchange import Exchange
from cnnbench.running.execution import FOLDER
from cnnbench.running.pipeline import Pipeline, StageError
from cnnbench.running.remote_files import ExchangeError
from cnnbench.running.snapshot import BRANCH

_POLL = 0.5  # seconds between two looks for a new checkpoint


def main(order_path: str, result_path: str) -> None:
    """Runs the stage of an order, and writes what became of it."""
    order, result = clones.Order.read(Path(order_path)), Path(result_path)
    _clone(order, clones.place(order.project))
    os.chdir(clones.clone_of(order))
    os.environ.update(order.environment)
    # stages/run takes the Python of the environment, which is this one
    os.environ["VIRTUAL_ENV"] = sys.prefix
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    try:
        outcome = _run(order)
    except ExchangeError as error:
        outcome = job.Outcome(0, 0.0, lost=str(error))
    files.write_json(result, outcome[:4])


def _run(order: clones.Order) -> job.Outcome:
    with Pipeline(Exchange) as pipeline:
        exchange = pipeline.exchange
        assert exchange is not None  # noqa: S101 - it was asked for
        stage = next(one for one in pipeline.plan([order.name]) if pipeline.name(one) == order.name)
        exchange.fetch_inputs(order.inputs)
        outcome = job.Outcome(0, 0.0)
        try:
            if not pipeline.restore(stage):
                made = pipeline.prepare(stage, FOLDER, {})
                if reason := _difference(order.inputs, made.inputs or ()):
                    return job.Outcome(1, 0.0, reason=reason)
                copies = exchange.checkpoints(stage)
                if copies:
                    copies.fetch()
                with pipeline.released():
                    outcome = _run_command(made, copies)
                pipeline.release(stage)
                if outcome.code or outcome.lost:
                    return outcome
                pipeline.record(stage)
        except StageError as error:
            return job.Outcome(1, outcome.seconds, reason=str(error))
        exchange.push_result(stage)
    return outcome


def _run_command(made: job.Job, copies: CheckpointCopies | None) -> job.Outcome:
    try:
        # in a thread: an interrupt comes to this one, which then ends the command
        with ThreadPoolExecutor(1) as executor, job.ended_afterwards():
            future = executor.submit(remote.run_apart, made)
            while copies and not wait([future], _POLL).done:
                copies.update()
            return future.result()
    finally:
        if copies:  # what was ended or killed may have written one just before
            copies.update(now=True)


def _difference(there: tuple[job.Input, ...], here: tuple[job.Input, ...]) -> str:
    """What of the inputs is not as at the caller: edited since the snapshot was taken, or changed by git's filters."""
    found = {one.path: one.hash for one in here}
    edited = [one.path for one in there if found.get(one.path) != one.hash]
    return f"{', '.join(edited)} changed since the snapshot that its clone has" if edited else ""


def _clone(order: clones.Order, place: Path) -> None:
    """Makes the clone, if it is not there, in place of those of other snapshots."""
    clone = place / "clones" / order.commit
    with FileLock(place / "clones.lock"):
        if not clone.exists():
            for old in clone.parent.glob("*"):
                shutil.rmtree(old, ignore_errors=True)
            _make(order, place, clone)


def _make(order: clones.Order, place: Path, clone: Path) -> None:
    files.write_text(place / ".dvc/config", order.config)
    new, bundle = clone.with_name(f"{clone.name}.new"), place / order.bundle
    _fetch(place / ".dvc", order.bundle, bundle)
    plain = ("-c", "core.autocrlf=false", "-c", "core.hooksPath=/dev/null")
    command = ("git", *plain, "clone", "--quiet", "--template=", "--branch", BRANCH, str(bundle), str(new))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    subprocess.run(command, check=True, env=environment)  # noqa: S603
    bundle.unlink()
    root = new / order.folder
    # logs, locks, checkpoints and what is for MLflow outlive the clone, as does DVC's cache
    (root / FOLDER).symlink_to(place / "state")
    (root / ".dvc/config.local").write_text(
        f"[core]\n    autostage = false\n[cache]\n    dir = {place / 'cache'}\n", encoding="utf-8"
    )
    new.rename(clone)


def _fetch(config: Path, name: str, file: Path) -> None:
    """Fetches the bundle, with DVC's configuration alone, as there is no repository yet."""
    from dvc.config import Config
    from dvc.fs import get_cloud_fs

    settings = Config(str(config))
    kind, options, path = get_cloud_fs(settings, name=settings["core"]["remote"])
    fs = kind(**options)
    fs.get_file(fs.join(path, "cnnbench", name), str(file))


if __name__ == "__main__":
    with interrupts.handled(), one_line():
        main(*sys.argv[1:])
