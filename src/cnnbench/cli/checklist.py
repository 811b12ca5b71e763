"""Fill in a journal's reporting checklist for a run.

CLAIM (2024 update, medical imaging) or TRIPOD+AI (prediction models), as Markdown, from what is recorded of a run: data
and licence, split and leakage, exclusions, sizes, network, recipe, metrics with intervals, threshold, tests on other
data, versions. What only a person knows is left as a question to the author.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from cnnbench.cli import _terminal


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options."""
    _terminal.add_run(parser)
    # Spelled out: to import FORMATS would slow down every `cnnbench --help`.
    parser.add_argument("--format", choices=("claim", "tripod"), default="claim", help="default: %(default)s")
    parser.add_argument("--out", type=Path, metavar="FILE", help="default: print it")
    _terminal.add_root(parser)


def run(arguments: argparse.Namespace) -> int:
    """Prints the checklist, or writes it."""
    from cnnbench.checklists import document, facts
    from cnnbench.core import files

    found = facts.gather(arguments.name, arguments.root)
    text = document.render(found, document.FORMATS[arguments.format])
    if arguments.out:
        files.write_text(arguments.out, text)
        _terminal.say(arguments.out)
    else:
        _terminal.write(text)
    return 0
