"""What a terminal shows while stages run side by side: one live table; in a log, a line for each thing that happens."""

from __future__ import annotations

import re
import time
from collections import Counter
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from cnnbench.cli import _terminal
from cnnbench.core.printable import printable

if TYPE_CHECKING:
    from rich.console import Group

    from cnnbench.running.job import Job
    from cnnbench.running.scheduling import Ended

_TAIL = 4096  # bytes of a log in which its last line is looked for
_LAST = "last line"
_BESIDE = 20  # columns of slot and time, with their gaps
_LINES = 15  # of the log of a stage that failed
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_WORDS = {
    "unchanged": "up to date",
    "restored": "from DVC's cache",
    "ran": "ran",
    "failed": "failed",
    "skipped": "not run",
}


class Board:
    """The table of the stages that run; a context manager, a `Watcher`."""

    def __init__(self) -> None:
        from rich.live import Live

        self._console = _terminal.console()
        # without a thread of its own: `tick` draws it
        self._live = Live(console=self._console, auto_refresh=False, transient=True)
        self._running: dict[str, tuple[Job, int, float]] = {}
        self._count: Counter[str] = Counter()
        self._start = time.monotonic()

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def started(self, job: Job, slot: int) -> None:
        """Adds a row."""
        self._running[job.name] = job, slot, time.monotonic()
        if not self._console.is_terminal:
            _terminal.say(f"{job.name}: begins in slot {slot}, prints into {job.log}")

    def lost(self, job: Job, reason: str) -> None:
        """Says so."""
        self._say(f"{job.name}: {reason}; it is run again")

    def ended(self, ended: Ended) -> None:
        """Takes the row away, and says what became of the stage, unless nothing did."""
        self._running.pop(ended.name, None)
        self._count[ended.state] += 1
        if ended.state == "restored":
            self._say(f"{ended.name}: from DVC's cache")
        elif ended.state == "ran":
            self._say(f"{ended.name}: ran in {_clock(ended.seconds)}")
        elif ended.state == "skipped":
            self._say(f"{ended.name}: not run, since {ended.reason} failed")
        elif ended.state == "failed":
            self._say(f"{ended.name}: FAILED, {ended.reason}")
            if ended.log:
                for line in _last_lines(ended.log, _LINES):
                    self._say(f"    {line}")
                self._say(f"    all that it printed: {ended.log}")

    def tick(self) -> None:
        """Draws the table."""
        if self._console.is_terminal:
            self._live.update(self._table(), refresh=True)

    def summary(self) -> str:
        """One line on all stages."""
        counted = ", ".join(f"{self._count[state]} {word}" for state, word in _WORDS.items() if self._count[state])
        number = f"{self._count.total()} stage{'' if self._count.total() == 1 else 's'}"
        return f"{number} in {_clock(time.monotonic() - self._start)}: {counted or 'none'}."

    def _say(self, line: str) -> None:
        if self._console.is_terminal:
            self._console.print(line, soft_wrap=True)  # above the table
        else:
            _terminal.say(line)

    def _table(self) -> Group:
        from rich.console import Group
        from rich.text import Text

        now = time.monotonic()
        rows = [(name, str(slot), _clock(now - start)) for name, (_, slot, start) in self._running.items()]
        # the one thing that is cut, as is seen: the log has the whole line
        room = self._console.width - max((len(name) for name, *_ in rows), default=0) - _BESIDE
        table = _terminal.table("stage", ">slot", ">time", *([_LAST] if room >= len(_LAST) else []))
        for row, (job, *_) in zip(rows, self._running.values(), strict=True):
            last = Text(printable("".join(_last_lines(job.log, 1))))
            last.truncate(room, overflow="ellipsis")
            table.add_row(*row, *([last] if room >= len(_LAST) else []))
        return Group(table, Text(f"{self._count.total()} stages done, {len(self._running)} running"))


def _last_lines(log: Path, count: int) -> list[str]:
    """The last lines of a log that are not empty, without the colours and moves of a terminal."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - _TAIL * count))
            text = file.read().decode("utf-8", errors="replace")
    except OSError:
        return []
    lines = re.split(r"[\r\n]+", _CONTROL.sub("", text))
    return [line.rstrip() for line in lines if line.strip()][-count:]


def _clock(seconds: float) -> str:
    """As 4.2 s, 1:05 or 2:03:04."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
