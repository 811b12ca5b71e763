"""The whole of it: a plan, made once and run to its end, by one process at a time in a repository."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path

from cnnbench.core import files
from cnnbench.core.errors import UserError
from cnnbench.running import durations, job
from cnnbench.running.engine import Engine, Here
from cnnbench.running.pipeline import Pipeline
from cnnbench.running.remote import Session
from cnnbench.running.scheduling import Ended, Scheduler, Watcher
from cnnbench.running.slots import Slots

FOLDER = Path(".cnnbench")


class _FailedError(Exception):
    """Stages have failed: DVC leaves git's index then as it was."""


@contextmanager
def alone() -> Iterator[None]:
    """Keeps other processes from the block in this repository.

    Raises:
        UserError: Another is in it, or the file system cannot tell.
    """
    FOLDER.mkdir(exist_ok=True)
    owner = FOLDER / "bench.pid"
    with (FOLDER / "bench.lock").open("ab") as lock:  # which releases it
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            process = owner.read_text(encoding="utf-8") if owner.exists() else "another"
            raise UserError(
                f"Expected no other `cnnbench bench` at work here, received process {process}: "
                "wait for its end, or end it."
            ) from None
        except OSError as error:
            raise UserError(
                f"Expected a file system with file locks, which DVC needs too, received of {FOLDER}: {error.strerror}: "
                "mount it with them (NFS without nolock, Lustre with flock), or work on another disk."
            ) from None
        owner.write_text(str(os.getpid()), encoding="utf-8")
        yield


def execute(targets: Sequence[str], engine: Engine, watcher: Watcher, last: str = "") -> list[Ended]:
    """Brings the stages of the targets up to date in the repository of the working directory.

    Args:
        targets: As `dvc repro` takes them; none for all.
        engine: Runs the commands.
        watcher: Is told.
        last: See `Pipeline.plan`.

    Returns:
        What became of each stage.

    Raises:
        UserError: DVC cannot read the pipeline, or has no such target.
    """
    times = FOLDER / "durations.json"
    known = durations.read(times)
    ended: list[Ended] = []
    try:
        # left from the right: the commands are ended, then what was recorded is written, then DVC's lock is released
        with (
            Pipeline(engine.way.exchange if engine.way else None) as pipeline,
            Session.opened(FOLDER) as session,
            engine.started(FOLDER, session) as submit,
            Here(1).started(FOLDER, session) as submit_here,
        ):
            plan = pipeline.plan(targets, last)
            needs = {pipeline.name(stage): [pipeline.name(needed) for needed in plan[stage]] for stage in plan}
            ranks = durations.rank(needs, known)
            slots = Slots(engine.count, engine.gpus)

            def hand_over(made: job.Job) -> Future[job.Outcome]:
                # some stages read what no clone can have
                return (submit_here if pipeline.exchange and made.inputs is None else submit)(made)

            ended = Scheduler(pipeline, plan, ranks, hand_over, slots, FOLDER, watcher).execute()
            if any(one.state == "failed" for one in ended):
                raise _FailedError
    except _FailedError:
        pass
    finally:
        if timed := {one.name: round(one.seconds, 1) for one in ended if one.state == "ran"}:
            files.write_json(times, known | timed)
    return ended
