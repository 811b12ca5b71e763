"""Runs a plan: whatever has all that it needs is restored, or handed to an executor; one process does all the rest."""

from __future__ import annotations

import concurrent.futures
import heapq
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple, Protocol

from cnnbench.core import files
from cnnbench.running import job
from cnnbench.running.pipeline import Pipeline, Stage, StageError
from cnnbench.running.slots import Slots

_TRIES = 3
"""Of a stage whose process was killed; one that fails by itself is not run again."""
_TICK = 0.25  # seconds between two looks of the watcher

State = Literal["unchanged", "restored", "ran", "failed", "skipped"]


class Ended(NamedTuple):
    """What became of a stage.

    Attributes:
        name: Of the stage.
        state: unchanged: `dvc repro` would skip it; restored: from the run cache; skipped: since one that it needs
            failed, which `reason` names.
        seconds: That its command took.
        reason: Why it failed or was skipped.
        log: What it printed, where it ran.
    """

    name: str
    state: State
    seconds: float = 0.0
    reason: str = ""
    log: Path | None = None


class Watcher(Protocol):
    """Is told what happens, always by the process that plans."""

    def started(self, job: job.Job, slot: int) -> None:
        """A command begins."""

    def lost(self, job: job.Job, reason: str) -> None:
        """A command was killed; it begins again."""

    def ended(self, ended: Ended) -> None:
        """A stage has ended, of whatever state."""

    def tick(self) -> None:
        """Time passes."""


@dataclass
class _Running:
    """A command on its way."""

    stage: Stage
    job: job.Job
    slot: int
    start: float
    tries: int = 1


class Scheduler:
    """One execution of a plan.

    Args:
        pipeline: Which holds DVC's repository.
        plan: Of it.
        ranks: Of two stages that can run, the one of higher rank comes first.
        submit: Hands a command to an executor.
        slots: As many as it may run at once.
        folder: For logs and locks.
        watcher: Is told.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        plan: Mapping[Stage, set[Stage]],
        ranks: Mapping[str, float],
        submit: Callable[[job.Job], Future[job.Outcome]],
        slots: Slots,
        folder: Path,
        watcher: Watcher,
    ) -> None:
        self._pipeline, self._ranks, self._submit_job = pipeline, ranks, submit
        self._slots, self._folder, self._watcher = slots, folder, watcher
        self._needs = {stage: set(needs) for stage, needs in plan.items()}
        self._needed_by: dict[Stage, list[Stage]] = {stage: [] for stage in plan}
        for stage, needs in plan.items():
            for needed in needs:
                self._needed_by[needed].append(stage)
        self._places = {stage: place for place, stage in enumerate(plan)}
        self._ready: list[tuple[float, int, Stage]] = []
        self._running: dict[Future[job.Outcome], _Running] = {}
        self._ended: dict[Stage, Ended] = {}

    def execute(self) -> list[Ended]:
        """Runs until nothing is left that can; returns what became of each stage."""
        self._look([stage for stage, needs in self._needs.items() if not needs])
        while self._ready or self._running:
            while self._ready and self._slots:
                self._begin(heapq.heappop(self._ready)[-1])
            if self._running:
                for future in self._wait():
                    self._take(future)
        return list(self._ended.values())

    def _look(self, stages: list[Stage]) -> None:
        """Sorts out those of stages with all they need that are as they should be, and those that need these alone."""
        while stages:
            stage = stages.pop()
            try:
                if self._pipeline.is_changed(stage):
                    rank = self._ranks[self._pipeline.name(stage)]
                    heapq.heappush(self._ready, (-rank, self._places[stage], stage))
                else:
                    stages += self._end(stage, "unchanged")
            except StageError as error:
                self._end(stage, "failed", reason=str(error))

    def _begin(self, stage: Stage) -> None:
        name = self._pipeline.name(stage)
        try:
            if self._pipeline.restore(stage):
                self._look(self._end(stage, "restored"))
                return
            slot = self._slots.take()
            try:
                made = self._pipeline.prepare(stage, self._folder, self._slots.environment(slot))
            except StageError:
                self._slots.give_back(slot)
                raise
        except StageError as error:
            self._end(stage, "failed", reason=f"{name}: {error}")
            return
        self._watcher.started(made, slot)
        self._submit(_Running(stage, made, slot, time.monotonic()))

    def _submit(self, running: _Running) -> None:
        self._running[self._submit_job(running.job)] = running

    def _wait(self) -> set[Future[job.Outcome]]:
        with self._pipeline.released():
            done: set[Future[job.Outcome]] = set()
            while not done:
                self._watcher.tick()
                done, _ = concurrent.futures.wait(
                    self._running, timeout=_TICK, return_when=concurrent.futures.FIRST_COMPLETED
                )
        return done

    def _take(self, future: Future[job.Outcome]) -> None:
        """Takes over what a command has left."""
        running = self._running.pop(future)
        self._pipeline.release(running.stage)
        outcome = _outcome(future, time.monotonic() - running.start)
        for name, content in outcome.brought.items():
            with files.aside(self._folder / name) as part:
                part.write_bytes(content)
        reason = outcome.reason or (f"exit code {outcome.code}" if outcome.code else "")
        if outcome.lost:
            if running.tries < _TRIES and self._again(running, outcome.lost):
                return
            reason = f"{outcome.lost}, {running.tries} times"
        self._slots.give_back(running.slot)
        try:
            if reason:
                raise StageError(reason)
            self._pipeline.record(running.stage, fetched=running.job.inputs is not None)
        except StageError as failure:
            self._end(running.stage, "failed", outcome.seconds, str(failure), running.job.log)
        else:
            self._look(self._end(running.stage, "ran", outcome.seconds, log=running.job.log))

    def _again(self, running: _Running, reason: str) -> bool:
        """Runs the stage of a lost command once more."""
        self._watcher.lost(running.job, reason)
        running.tries += 1
        try:
            environment = self._slots.environment(running.slot)
            running.job = self._pipeline.prepare(running.stage, self._folder, environment)
        except StageError:
            return False
        self._submit(running)
        return True

    def _end(
        self, stage: Stage, state: State, seconds: float = 0.0, reason: str = "", log: Path | None = None
    ) -> list[Stage]:
        """Notes what became of a stage; returns those that now have all they need."""
        self._ended[stage] = Ended(self._pipeline.name(stage), state, seconds, reason, log)
        self._watcher.ended(self._ended[stage])
        if state == "failed":
            self._skip(stage)
            return []
        for after in self._needed_by[stage]:
            self._needs[after].discard(stage)
        return [after for after in self._needed_by[stage] if not self._needs[after]]

    def _skip(self, failed: Stage) -> None:
        """Leaves out all that hangs on a stage."""
        left = [failed]
        while left:
            for after in self._needed_by[left.pop()]:
                if after not in self._ended:
                    name, cause = self._pipeline.name(after), self._pipeline.name(failed)
                    self._ended[after] = Ended(name, "skipped", reason=cause)
                    self._watcher.ended(self._ended[after])
                    left.append(after)


def _outcome(future: Future[job.Outcome], seconds: float) -> job.Outcome:
    """What a job came to; whatever an executor raises, the command did not end by itself."""
    try:
        return future.result()
    except (Exception, concurrent.futures.CancelledError) as error:
        lines = str(error).strip().splitlines()  # of a traceback the last says what it was
        return job.Outcome(0, seconds, lines[-1].strip() if lines else type(error).__name__)
