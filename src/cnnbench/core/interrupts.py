"""Ends a program by one line on Ctrl-C and its kin, in whatever import, wait or native code the signal comes.

The signal raises `Interrupted`, so that all `with` blocks tidy up. Some libraries swallow it, and native code can keep
Python from raising it for minutes: a thread ends the program after a while in any case.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

LINE = "interrupted: run it again; what was finished is kept"
PARENT = "CNNBENCH_PARENT"
"""Environment variable with the process id of the parent with which a program ends. stages/run sets it, to DVC's."""

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_GRACE = 3.0  # seconds to tidy up
_SHELLS = {"sh", "bash", "dash", "ksh", "zsh", "fish"}
_POLL = 0.5  # seconds between two looks at the parent


class Interrupted(KeyboardInterrupt):
    """A signal came: one that libraries let pass as they let pass Ctrl-C."""


class _Watch:
    """What `handled` holds while its block lasts.

    Attributes:
        number: Of the signal that came; None before.
    """

    def __init__(self) -> None:
        self.number: int | None = None
        # kept: `quiet` points the descriptor elsewhere while it imports
        self._stderr = os.dup(2)
        self._told = threading.Lock()
        self._read, self._write = os.pipe()
        os.set_blocking(self._write, False)
        self._parent = int(os.environ.pop(PARENT, 0))  # popped: the stage's own children have another parent
        self._line = _ancestors() if self._parent else []

    def start(self) -> None:
        # what the system ignores for us stays ignored: nohup sets that for SIGHUP
        wanted = [one for one in _SIGNALS if signal.getsignal(one) is not signal.SIG_IGN]
        self._before = {one: signal.signal(one, self._interrupt) for one in wanted}
        # the byte comes at once; the handler only once the interpreter gets its turn
        self._wakeup = signal.set_wakeup_fd(self._write, warn_on_full_buffer=False)
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        signal.set_wakeup_fd(self._wakeup)
        for number, handler in self._before.items():
            signal.signal(number, handler)
        os.write(self._write, b"\0")
        self._thread.join()
        for descriptor in (self._read, self._write, self._stderr):
            os.close(descriptor)

    def end(self, number: int) -> None:
        """Ends the process, with what is left of its unfinished files."""
        self._tell()
        # no import: this may be the other thread, in the middle of one. Before it was imported nothing was begun
        if files := sys.modules.get("cnnbench.core.files"):
            files.discard_unfinished()
        with suppress(Exception):  # the reader of a pipe may be gone
            sys.stdout.flush()
        # not sys.exit: it would wait for threads, and libraries would complain of what they cannot end
        os._exit(128 + number)

    def _interrupt(self, number: int, _frame: object) -> None:
        self.number = number
        for one in self._before:  # a second Ctrl-C must not interrupt the tidying up
            signal.signal(one, signal.SIG_IGN)
        self._tell()
        raise Interrupted

    def _tell(self) -> None:
        """Prints the line, and nothing that comes after it."""
        if not self._told.acquire(blocking=False):
            return
        # a progress bar is left as it is: its line is cleared and the cursor shown again
        start = "\r\x1b[K\x1b[?25h" if os.isatty(self._stderr) else ""
        with suppress(OSError):
            os.write(self._stderr, f"{start}{LINE}\n".encode())
        # Python prints a traceback for what is raised within a callback, libraries for what they catch
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)

    def _watch(self) -> None:
        while True:
            if select.select([self._read], [], [], _POLL if self._parent else None)[0]:
                number = os.read(self._read, 1)[0]
                if not number:
                    return
                if number in self._before:
                    break
            elif os.getppid() != self._parent or _ancestors() != self._line:
                # DVC was killed: the next one would run this stage beside us
                number = signal.SIGTERM
                os.kill(os.getpid(), number)
                break
        time.sleep(_GRACE)
        self.end(number)


def _ancestors() -> list[int]:
    """The processes from this one's parent up to the first that is no shell: DVC may run a stage by one."""
    import psutil

    line = [os.getppid()]
    with suppress(psutil.Error):  # one has just ended
        while (process := psutil.Process(line[-1])).name() in _SHELLS:
            line.append(process.ppid())
    return line


_watches: list[_Watch] = []


@contextmanager
def handled() -> Iterator[None]:
    """Ends the program by one line and exit code 128 + number where SIGINT, SIGTERM or SIGHUP comes in the block.

    Within another such block, and in another thread than the main one, it does nothing.
    """
    if _watches or threading.current_thread() is not threading.main_thread():
        yield
        return
    watch = _Watch()
    _watches.append(watch)
    watch.start()
    try:
        yield
    finally:
        # whatever was raised since then, a library has made of the interrupt
        if watch.number is not None:
            watch.end(watch.number)
        _watches.clear()
        watch.stop()
