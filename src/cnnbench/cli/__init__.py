"""The command `cnnbench`: a file for each of its commands, whose `add` says how it is called."""

from __future__ import annotations

import argparse
import sys

from cnnbench import __version__
from cnnbench.cli import check, compare, completion, export, predict, register, results, runs, track
from cnnbench.core.errors import UserError

_EPILOG = """\
The benchmark itself is run by DVC: `make bench`, or `dvc repro` in the environment that it made.
Exit codes: 0 done, 1 a threshold is missed, a split leaks, a run got worse or a file is not as expected, 2 wrong usage.

The shell completes commands, options and the names of params.yaml once it has this script:
  bash   cnnbench --completion bash > ~/.local/share/bash-completion/completions/cnnbench
  fish   cnnbench --completion fish > ~/.config/fish/completions/cnnbench.fish
  zsh    cnnbench --completion zsh > ~/.zfunc/_cnnbench, with `fpath+=~/.zfunc` before `compinit` in ~/.zshrc
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
    parser.add_argument(
        "--completion",
        action=completion.Print,
        choices=completion.SHELLS,
        help="print the script of this shell and exit",
    )
    commands = parser.add_subparsers(title="commands", metavar="command", required=True)
    for command in (runs, check, compare, results, predict, export, track, register):
        command.add(commands)
    return parser
