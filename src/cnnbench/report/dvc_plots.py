"""The curves of all runs in one long table each, for `dvc plots`.

DVC draws a file with several curves as one zig-zag and colours files by revision; so the templates under plots/ facet
these tables by data set or run instead, and take the colours of the report from a column.
"""

from __future__ import annotations

from collections.abc import Collection

from cnnbench.core.printable import printable
from cnnbench.report.drawings import colours
from cnnbench.report.leaderboard import table
from cnnbench.results.run_result import RunResult


def roc(results: Collection[RunResult]) -> str:
    """Columns run, dataset, colour, class, fpr, tpr, tpr_low, tpr_high: the one curve that stands for each run.

    That is the macro average over classes, or for two classes the curve of the second.
    """
    shades = colours(results)
    measured = ("class", "fpr", "tpr", "tpr_low", "tpr_high")
    return table(
        ("run", "dataset", "colour", *measured),
        (
            (result.run, result.dataset, shades[result.architecture], *(_harmless(row[name]) for name in measured))
            for result in results
            for row in result.roc
            # of two classes the file has one curve; one of them may be called macro
            if len(result.classes) == 2 or row["class"] == "macro"
        ),
    )


def history(results: Collection[RunResult]) -> str:
    """Columns run, dataset, colour, epoch, part (train or val), loss, accuracy, which is empty where a run has none."""
    shades = colours(results)
    return table(
        ("run", "dataset", "colour", "epoch", "part", "loss", "accuracy"),
        (
            (
                *(result.run, result.dataset, shades[result.architecture], row["epoch"], part),
                *(row[f"{prefix}loss"], row.get(f"{prefix}accuracy", "")),
            )
            for result in results
            for row in result.history
            for part, prefix in (("train", ""), ("val", "val_"))
        ),
    )


def confusion(results: Collection[RunResult]) -> str:
    """Columns run, actual, predicted, count, share (of the actual class)."""
    return table(
        ("run", "actual", "predicted", "count", "share"),
        (
            (result.run, _harmless(row["actual"]), _harmless(row["predicted"]), row["count"], row["share"])
            for result in results
            for row in result.confusion
        ),
    )


def _harmless(name: str) -> str:
    """A class name that ends no script: DVC writes the table as JSON into one, where HTML reads < first."""
    return printable(name).replace("<", "\N{SINGLE LEFT-POINTING ANGLE QUOTATION MARK}")
