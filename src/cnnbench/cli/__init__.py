"""The command `cnnbench`. A command is a file: its docstring is the help, `add_arguments` and `run` do the rest."""

from __future__ import annotations

import argparse
import sys
from typing import NoReturn

from cnnbench import __version__
from cnnbench.core import interrupts
from cnnbench.core.errors import one_line
from cnnbench.core.printable import printable_line, widen

_EPILOG = """\
`make bench` sets up the environment and runs `cnnbench bench`. The pipeline is DVC's: `dvc repro` does the same, one
stage at a time.
Exit codes: 0 done, 1 a threshold is missed, a split leaks, a run got worse or a file is not as expected, 2 wrong usage,
130 interrupted.
"""


def main(argv: list[str] | None = None) -> int:
    """Runs `cnnbench` with these arguments, or the command line's.

    Returns:
        The exit code; `--help` explains each.
    """
    with interrupts.handled():
        widen(sys.stdout)
        arguments = _parser().parse_args(argv)
        try:
            with one_line(arguments.on_error):
                return int(arguments.run(arguments))
        except SystemExit as ended:
            return int(ended.code or 0)


class _Parser(argparse.ArgumentParser):
    """Quotes what it was given in one line that is safe to show."""

    def error(self, message: str) -> NoReturn:
        super().error(printable_line(message))


def _parser() -> argparse.ArgumentParser:
    from cnnbench.cli import (
        bench,
        check,
        compare,
        export,
        predict,
        register,
        report,
        results,
        runs,
        split,
        track,
        tune,
        verify,
    )

    parser = _Parser(
        prog="cnnbench",
        description="Convolutional networks on the data sets they were published for: results and thresholds.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"cnnbench {__version__}")
    # required: else `cnnbench` alone has no `run` to call.
    commands = parser.add_subparsers(title="commands", metavar="command", required=True)
    # In the order of the help. Commands import their libraries in `run`, so that --help stays fast.
    for command in (
        bench,
        runs,
        tune,
        check,
        compare,
        results,
        report,
        predict,
        export,
        split,
        verify,
        track,
        register,
    ):
        help_text = command.__doc__ or ""  # python -OO drops docstrings
        added = commands.add_parser(
            command.__name__.rpartition(".")[2],
            help=help_text.partition("\n")[0],
            description=help_text,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        command.add_arguments(added)
        # 1 says that a check has failed, so an error that keeps `check` from checking must be another code.
        added.set_defaults(run=command.run, on_error=2 if command is check else 1)
    return parser
