"""`cnnbench --completion SHELL`: the script with which a shell completes commands, options and names."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Any

SHELLS = ("bash", "fish", "zsh")

# What a shell asks for, in the repository's root: no Python is started for it. Without $ and ", which fish would take
_KEYS = r"sed -n '/^{}:/,/^[^ #]/ s/^  \([^ #:]*\):.*/\1/p' params.yaml 2>/dev/null"
_NETWORKS = r"ls src/cnnbench/networks 2>/dev/null | sed -n 's/^\([a-z].*\)[.]py/\1/p'"


class Print(argparse.Action):
    """Prints the script of the shell that is named, and ends."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,  # noqa: ARG002
        values: Any,
        option_string: str | None = None,  # noqa: ARG002
    ) -> None:
        """As `argparse` calls it."""
        import shtab

        kinds = {
            "RUN": shtab.cmd(_KEYS.format("runs")),
            "DATASET": shtab.cmd(_KEYS.format("datasets")),
            "NETWORK": shtab.cmd(_NETWORKS),
            "FILE": shtab.FILE,
            "PATH": shtab.FILE,
            "FOLDER": shtab.DIRECTORY,
        }
        for action in _actions(parser):
            if action.metavar in kinds:
                action.complete = kinds[action.metavar]  # type: ignore[attr-defined]  # where shtab looks for it
        print(shtab.complete(parser, values))
        parser.exit()


def _actions(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    """All arguments, those of the commands too."""
    for action in parser._actions:
        yield action
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                yield from _actions(command)
