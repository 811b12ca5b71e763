"""Machines that share nothing with the caller but DVC's remote: each has a clone of a snapshot of the repository.

`run` is what travels: on a worker it has a process of its own (`in_clone`) make the clone, fetch what the stage reads,
run it, and push what it has written. The caller fetches that, and does with it as with what DVC's run cache had.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple, Self

from cnnbench.core import files, interrupts
from cnnbench.core.errors import UserError
from cnnbench.running import job, remote
from cnnbench.running.exchange import Exchange
from cnnbench.running.snapshot import Snapshot, taken

PLACE = "CNNBENCH_CLONES"
"""Environment variable of a worker: the folder of its clones; by default one of the user's in the temporary folder."""
_LOG = 2**20  # bytes of a stage's log, from its end, that come home
_TRAVEL = ("MLFLOW_TRACKING_URI", "MLFLOW_REGISTRY_URI", "MLFLOW_EXPERIMENT_NAME", "CNNBENCH_TRACKING")
"""Variables of the caller that a stage gets there: where its MLflow run goes. All others are the worker's."""

_ended: set[str] = set()  # sessions, in a worker


class Order(NamedTuple):
    """A stage to be run in a clone; as JSON the order to that process.

    Attributes:
        name: Of the stage.
        file: The same as the name of a file.
        inputs: What it reads.
        commit: Of the snapshot.
        bundle: Name of its file in the remote.
        folder: Of the DVC repository within the clone.
        project: Names the caller's repository.
        home: Where the caller has that.
        config: DVC's, for the way to the remote.
        environment: What of the caller's the stage gets.
    """

    name: str
    file: str
    inputs: tuple[job.Input, ...]
    commit: str
    bundle: str
    folder: str
    project: str
    home: str
    config: str
    environment: Mapping[str, str]

    @classmethod
    def read(cls, path: Path) -> Self:
        """Reads what `run` has written."""
        read = files.read_json(path)
        return cls(**read | {"inputs": tuple(job.Input(*one) for one in read["inputs"])})


@dataclass(frozen=True)
class Clones:
    """The way of jobs to clones; a `remote.Way`.

    Attributes:
        snapshot: What is cloned.
    """

    snapshot: Snapshot

    @classmethod
    def opened(cls) -> Self:
        """Takes a snapshot of the repository of the working directory, and puts it into DVC's remote.

        Raises:
            UserError: There is no remote, or it does not take it.
        """
        from dvc.repo import Repo

        from cnnbench.running.pipeline import outputs
        from cnnbench.running.remote_files import ExchangeError

        with Repo() as repo, taken(Path(), outputs(repo)) as (snapshot, bundle):
            try:
                Exchange(repo).put(snapshot.bundle, bundle)
            except ExchangeError as error:
                raise UserError(f"Expected a DVC remote that can be written for --clones, received: {error}.") from None
        return cls(snapshot)

    def exchange(self, repo: object) -> Exchange:
        """See `remote.Way`."""
        return Exchange(repo, self.snapshot.files)

    def pack(self, made: job.Job, session: remote.Session) -> Callable[[], job.Outcome]:
        """See `remote.Way`."""
        assert made.inputs is not None  # noqa: S101 - else it runs here
        environment = {name: os.environ[name] for name in _TRAVEL if name in os.environ}
        of = self.snapshot
        order = Order(
            made.name,
            file=made.log.stem,
            inputs=made.inputs,
            commit=of.commit,
            bundle=of.bundle,
            folder=of.folder,
            project=of.project,
            home=str(Path.cwd()),
            config=of.config,
            environment=environment,
        )
        return partial(run, order, session.key)

    def ender(self, folder: Path, session: remote.Session | None = None) -> Callable[[], None]:
        """See `remote.Way`."""
        del folder
        return partial(end, self.snapshot.project, session.key if session else "")


def run(order: Order, session: str) -> job.Outcome:
    """Runs a stage in the clone of this machine; what it printed comes home in its outcome.

    Raises:
        InterruptedError: The session has ended.
    """
    if session in _ended:
        raise InterruptedError(f"{order.name} is not begun any more: the cnnbench bench that asked for it has ended")
    state = place(order.project) / "state"
    path, result = (state / kind / f"{order.file}.json" for kind in ("orders", "results"))
    log = state / "logs" / f"{order.file}.log"
    files.write_json(path, order._asdict())
    # the parent: where this process is killed, that one ends by itself
    environment = {name: value for name, value in os.environ.items() if name != "DVC_ROOT"}
    environment[interrupts.PARENT] = str(os.getpid())
    made = job.Job(
        f"the clone for {order.name}",
        ((sys.executable, "-m", "cnnbench.running.in_clone", str(path), str(result)),),
        str(state),
        environment,
        outputs=(str(result), str(log)),
        log=state / "logs" / f"{order.file}.clone",
        lock=state / "locks" / f"{order.file}.clone",
    )
    outcome = remote.run_apart(made)
    if not outcome.lost and not outcome.code:
        code, seconds, lost, reason = files.read_json(result)
        outcome = job.Outcome(code, seconds, lost, reason)
    elif not outcome.lost:
        lines = made.log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        outcome = outcome._replace(lost=lines[-1] if lines else f"its clone ended with exit code {outcome.code}")
    return outcome._replace(brought=_brought(order, state, log))


def _brought(order: Order, state: Path, log: Path) -> dict[str, bytes]:
    """What a stage leaves beside its outputs: its log, and what is for MLflow, which names files of the repository."""
    from cnnbench.tracking import spool

    found = {}
    here, there = (json.dumps(path)[1:-1].encode() for path in (str(clone_of(order).resolve()), order.home))
    if log.exists():
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - _LOG))
            found[f"logs/{log.name}"] = file.read()
    for path in sorted((state / "tracking").glob("*.jsonl")):
        with spool.taking_over(path) as events:
            if events is not None:
                found[f"tracking/{path.name}"] = events.read().replace(here, there)
                path.unlink()
    return found


def end(project: str, session: str) -> None:
    """Ends what runs on this worker for a repository, and begins nothing of that session any more."""
    _ended.add(session)
    job.end(place(project) / "state/locks")


def clone_of(order: Order) -> Path:
    """The DVC repository of the clone on this machine, which all stages of one snapshot share."""
    return place(order.project) / "clones" / order.commit / order.folder


def place(project: str) -> Path:
    """The folder of this machine for the clones of a repository.

    Raises:
        PermissionError: It is somebody else's.
    """
    base = Path(os.environ.get(PLACE) or Path(tempfile.gettempdir()) / f"cnnbench-{os.getuid()}").absolute()
    base.mkdir(mode=0o700, parents=True, exist_ok=True)
    if base.stat().st_uid != os.getuid():
        raise PermissionError(f"{base} belongs to somebody else: name another folder by {PLACE}")
    return base / project
