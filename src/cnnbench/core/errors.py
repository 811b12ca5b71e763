"""The error for mistakes that a user can correct, and the way a script ends with it."""

from __future__ import annotations

import difflib
import os
import sys
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager

from cnnbench.core import interrupts, refusals
from cnnbench.core.printable import printable_line, widen

NOT_DONE = 2
"""The exit code of what could not be done, as argparse has it; 1 says that it was done, and has found something."""
_LONG = 400  # characters of a list of names: four lines of a terminal


class UserError(Exception):
    """A mistake that the user can correct.

    The message is one line: `Expected ..., received ...: remedy`. What it quotes is made safe to show.
    """

    def __init__(self, message: str) -> None:
        super().__init__(printable_line(message))


def suggest(received: str, known: Collection[str]) -> str:
    """The known name nearest to the one received, in parentheses; empty where none is near."""
    # difflib's own cutoff of 0.6 keeps out names that share only a few letters
    near = difflib.get_close_matches(received, known, n=1)
    return f" (did you mean {near[0]}?)" if near else ""


def unknown(what: str, received: str, known: Collection[str]) -> UserError:
    """The error for an unknown name, with the nearest known one, and all of them unless that would drown in them."""
    near, listed = suggest(received, known), ", ".join(known) or "none"
    among = "" if near and len(listed) > _LONG else f" among {listed}"
    return UserError(f"Expected {what}{among}, received {received!r}{near}.")


def run_script(main: Callable[..., None], *names: str) -> None:
    """Calls `main` with the arguments of the command line, which `names` lists in order for the message on usage.

    Raises:
        SystemExit: Code `NOT_DONE` for wrong arguments and for what a user can mend; neither shows a traceback.
    """
    widen(sys.stdout)
    arguments = sys.argv[1:]
    if len(arguments) != len(names):
        usage = " ".join(f"<{name}>" for name in names)
        received = " ".join(arguments) or "none"
        print(printable_line(f"Expected arguments: {usage or 'none'}, received: {received}"), file=sys.stderr)
        raise SystemExit(NOT_DONE)
    with interrupts.handled(), one_line():
        main(*arguments)


@contextmanager
def one_line() -> Iterator[None]:
    """Ends the program by one line and the exit code `NOT_DONE` where the block fails for what a user can mend.

    That is a `UserError`, or what the system refuses: a full disk, a permission, memory.

    Raises:
        SystemExit: The block has failed so. Any other error passes: its traceback shows a mistake in the code.
    """
    try:
        yield
        sys.stdout.flush()  # at its end Python would fail by a traceback
    except Exception as error:
        if isinstance(error, BrokenPipeError):  # `| head` has read enough
            _give_up_stdout()
            raise SystemExit(128 + 13) from None  # as a program ends that SIGPIPE kills
        line = str(error) if isinstance(error, UserError) else refusals.explain(error)
        if line is None:
            raise
        print(printable_line(f"error: {line}"), file=sys.stderr)
        _give_up_stdout()
        # DVC passes on all that a stage prints: a traceback would bury the line
        raise SystemExit(NOT_DONE) from None


def _give_up_stdout() -> None:
    """Lets go what could not be written to stdout, which Python would try again when it ends."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
