"""The curves of all runs in one long table each, for `dvc plots`.

DVC draws a file with several curves as one zig-zag and colours files by revision; so the templates under plots/ facet
these tables by run instead.
"""

from __future__ import annotations

from collections.abc import Iterable

from cnnbench.reporting.leaderboard import table
from cnnbench.reporting.results import Result


def roc(results: Iterable[Result]) -> str:
    """Columns run, class, fpr, tpr: the one curve that stands for each run.

    That is the macro average over classes, or for two classes the curve of the second.
    """
    return table(
        ("run", "class", "fpr", "tpr"),
        (
            (result.run, row["class"], row["fpr"], row["tpr"])
            for result in results
            for row in result.roc
            if len(result.classes) == 2 or row["class"] == "macro"
        ),
    )


def history(results: Iterable[Result]) -> str:
    """Columns run, epoch, part (train or val), loss, accuracy; accuracy is empty where a run has none."""
    return table(
        ("run", "epoch", "part", "loss", "accuracy"),
        (
            (result.run, row["epoch"], part, row[f"{prefix}loss"], row.get(f"{prefix}accuracy", ""))
            for result in results
            for row in result.history
            for part, prefix in (("train", ""), ("val", "val_"))
        ),
    )


def confusion(results: Iterable[Result]) -> str:
    """Columns run, actual, predicted, count, share (of the actual class)."""
    return table(
        ("run", "actual", "predicted", "count", "share"),
        (
            (result.run, row["actual"], row["predicted"], row["count"], row["share"])
            for result in results
            for row in result.confusion
        ),
    )
