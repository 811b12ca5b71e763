"""The command `cnnbench`: a file for each of its commands, whose `add` says how it is called."""

from __future__ import annotations

import argparse
import sys

from cnnbench import __version__
from cnnbench.cli import check, compare, results, runs, track
from cnnbench.errors import UserError

_EPILOG = """\
The benchmark itself is run by DVC: `make bench`, or `dvc repro` in the environment that it made.
Exit codes: 0 done, 1 a threshold is missed, a split leaks, a run got worse or a file is not as expected, 2 wrong usage.
"""


def main(argv: list[str] | None = None) -> int:
    """Runs `cnnbench` with these arguments, or the command line's.

    Returns:
        The exit code; `--help` tells what each means.
    """
    arguments = _parser().parse_args(argv)
    try:
        code: int = arguments.run(arguments)
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        code = arguments.on_error
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="cnnbench",
        description="Convolutional networks on the data sets they were published for: results and thresholds.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"cnnbench {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="command", required=True)
    for command in (runs, check, compare, results, track):
        command.add(commands)
    return parser
