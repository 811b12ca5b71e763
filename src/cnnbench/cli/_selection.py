"""Runs by name, by data set or by a pattern: `mnist-mnist_cnn`, `mnist`, `*-vgg16`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase

from cnnbench.core.errors import UserError, suggest

HELP = "a run, a data set for all runs on it, or a pattern in quotes: '*-vgg16'"


def choose(words: Iterable[str], datasets: Mapping[str, str]) -> list[str]:
    """The runs that these words name, in the order of the runs.

    Args:
        words: Each the name of a run, of a data set, or a pattern as shells have it.
        datasets: The data set of each run.

    Raises:
        UserError: A word names none.
    """
    chosen = set[str]()
    for word in words:
        found = {word} & {*datasets} or {
            run for run, dataset in datasets.items() if word == dataset or fnmatchcase(run, word)
        }
        if not found:
            near = suggest(word, [*datasets, *dict.fromkeys(datasets.values())])
            # the nearest name would drown in a list of all
            among = "" if near else f" among {', '.join(datasets) or 'none'}"
            raise UserError(f"Expected a run{among}, a data set of runs or a pattern, received {word!r}{near}.")
        chosen |= found
    return [run for run in datasets if run in chosen]
