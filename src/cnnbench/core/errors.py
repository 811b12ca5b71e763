"""The one error that a user is meant to read, and how a script ends with it."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Callable, Collection


class UserError(Exception):
    """Something that the person at the keyboard can put right.

    The message is one line: what was expected, what was received and what to do about it.
    """


def suggest(received: str, known: Collection[str]) -> str:
    """The name that was probably meant, to be put behind the one received; empty where none is near."""
    near = difflib.get_close_matches(received, known, n=1)
    return f" (did you mean {near[0]}?)" if near else ""


def unknown(what: str, received: str, known: Collection[str]) -> UserError:
    """The error of a name that is not among those known, with the one that was probably meant."""
    return UserError(f"Expected {what} among {', '.join(known)}, received {received!r}{suggest(received, known)}.")


def run_script(main: Callable[..., None], *names: str) -> None:
    """Calls `main` with the command line's arguments and ends the process with one line where the user can help.

    Args:
        main: What the script does.
        *names: What each argument is called, in order; `stages/train.py` has one, the run.

    Raises:
        SystemExit: Code 2 for wrong arguments, 1 for a `UserError`; neither shows a traceback.
    """
    arguments = sys.argv[1:]
    if len(arguments) != len(names):
        usage = " ".join(f"<{name}>" for name in names)
        print(
            f"Expected arguments: {usage or 'none'}, received: {' '.join(arguments) or 'none'}",
            file=sys.stderr,
        )
        raise SystemExit(2)
    try:
        main(*arguments)
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        raise SystemExit(1) from None
