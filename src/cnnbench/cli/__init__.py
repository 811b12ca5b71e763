"""The command `cnnbench`. A command is a file: its docstring is the help, `add_arguments` and `run` do the rest."""

from __future__ import annotations

import argparse
import sys

from cnnbench import __version__
from cnnbench.cli._parser import EXIT_CODES, Parser
from cnnbench.core import interrupts, project
from cnnbench.core.errors import one_line
from cnnbench.core.printable import open_closed_streams, widen

_EPILOG = f"""\
`make bench` sets up the environment and runs `cnnbench bench`. The pipeline is DVC's: `dvc repro` does the same, one
stage at a time.

{EXIT_CODES}
"""


def main(argv: list[str] | None = None) -> int:
    """Runs `cnnbench` with these arguments, or the command line's; without any it prints the help.

    Returns:
        The exit code; `--help` explains each.
    """
    open_closed_streams()
    with interrupts.handled():
        widen(sys.stdout)
        arguments = _parse(sys.argv[1:] if argv is None else argv)
        try:
            with one_line():
                project.add_plug_ins()
                return int(arguments.run(arguments))
        except SystemExit as ended:
            return int(ended.code or 0)


def _parse(argv: list[str]) -> argparse.Namespace:
    parser = _parser()
    arguments, left = parser.parse_known_args(argv or ["--help"])
    named: Parser = getattr(arguments, "parser", parser)
    if left:
        named.refuse(left)
    if named is parser:
        parser.error("the following arguments are required: command")
    return arguments


def _parser() -> Parser:
    from cnnbench.cli import (
        bench,
        check,
        checklist,
        compare,
        export,
        init,
        predict,
        register,
        report,
        results,
        run,
        runs,
        split,
        track,
        tune,
        verify,
    )

    parser = Parser(
        prog="cnnbench",
        description="Convolutional networks on the data sets they were published for: results and thresholds.",
        epilog=_EPILOG,
    )
    parser.add_argument("--version", action="version", version=f"cnnbench {__version__}")
    # not required: argparse would say so before it looks at an option that is misspelled
    commands = parser.add_subparsers(title="commands", metavar="command")
    # In the order of the help. Commands import their libraries in `run`, so that --help stays fast.
    every = (
        *(init, bench, run, runs, tune, check, compare, results, report),
        *(predict, export, checklist, split, verify, track, register),
    )
    for command in every:
        help_text = command.__doc__ or ""  # python -OO drops docstrings
        added = commands.add_parser(
            command.__name__.rpartition(".")[2],
            help=help_text.partition("\n")[0],
            description=help_text,
            epilog=EXIT_CODES,
        )
        command.add_arguments(added)
        added.set_defaults(run=command.run, parser=added)
    return parser
