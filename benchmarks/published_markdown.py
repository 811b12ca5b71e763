"""tables.md of reports/published/: the measured figures for people."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from cnnbench.core import markdown

NAMES = {
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced accuracy",
    "roc_auc": "ROC AUC",
    "accuracy_at_threshold": "accuracy at the validation threshold",
    "rmse": "RMSE",
}
NO_SHARES = ("roc_auc", "rmse")  # shown as they are; the others in per cent
INTRODUCTION = """\
# Published figures, measured

Each line is a network trained and tested on the data named, by `python benchmarks/published.py`, with
`CNNBENCH_ARCHIVES` naming the folder of downloaded archives. *Recipe*: `published` is the tutorial's, `tuned` the one
in `params.yaml` that validation data chose. *Protocol*: `official` keeps the publisher's test part; `grouped` never
parts a patient's images or copies; `image-level` deals each image for itself, as the tutorials did. In brackets the
95 % interval of the mean over seeds, from a bootstrap of test groups (patients where they are known) and, where there
are several seeds, Student's t over them; ± is the standard deviation over seeds.
"""
AUDITS = """\
Per data set and split: sets of copies, of look-alikes (images that a perceptual hash cannot tell apart) and of several
images of one group, such as a patient; in brackets how many of them stand in more than one of train, validation and
test. A dash: none, none known or, of look-alikes, none looked for. `leakage.json` names the examples.
"""
PROTOCOLS = {
    "grouped 8:1:1": ("grouped 8:1:1",),
    "official": ("official",),
    "image- or row-level 8:1:1": ("image-level 8:1:1", "row-level 8:1:1"),
}


def render(
    summary: pd.DataFrame,
    headlines: pd.DataFrame,
    differences: pd.DataFrame,
    audits: Mapping[str, Any],
    versions: Sequence[Mapping[str, str]],
) -> str:
    """The content of tables.md.

    Args:
        summary: As summary.csv.
        headlines: Its lines on the headline metric of each run.
        differences: As differences.csv.
        audits: As leakage.json.
        versions: Of the packages that made each training.
    """
    parts = [
        INTRODUCTION,
        "![Accuracy, or RMSE, of each line with its interval, a panel per data set](measured.svg)\n",
        "## In short\n",
        _short_table(headlines),
        "## Differences in short\n",
        differences_table(differences[differences["metric"].isin(["accuracy", "rmse"])]),
        "## Measured\n",
        _summary_table(summary),
        "## Differences\n",
        differences_table(differences),
        "## What the audits found\n",
        AUDITS,
        _audits_table(audits),
        "## Versions\n",
        _describe_versions(versions),
    ]
    return "\n".join(parts)


def _short_table(headlines: pd.DataFrame) -> str:
    """The metric that stands for each run, a column per protocol: where no group is known, grouped is image-level."""
    lines = []
    for (run, recipe), rows in headlines.groupby(["run", "recipe"], sort=False):
        one = rows.iloc[0]
        what = f"**{run}**, {one['size']}, {NAMES[one['metric']]}"
        cells = [
            next((_tested(row) for row in rows.itertuples() if row.protocol in names), "–")
            for names in PROTOCOLS.values()
        ]
        lines.append([what, recipe, *cells, one["published"] or "none stated"])
    return _table(["run", "recipe", *PROTOCOLS, "figure of the source"], lines)


def _tested(row: Any) -> str:
    seeds = f"{row.seeds} seed{'s' * (row.seeds > 1)}"
    return f"{_figure(row.metric, row)}<br>{row.n_test:,} tested, {seeds}"


def _summary_table(summary: pd.DataFrame) -> str:
    lines = []
    keys = ["run", "protocol", "recipe"]
    for (run, protocol, recipe), rows in summary.groupby(keys, sort=False):
        first = rows.iloc[0]
        figures = "<br>".join(f"{NAMES[row.metric]} {_figure(row.metric, row)}" for row in rows.itertuples())
        deviation = "–" if math.isnan(first["sd_over_seeds"]) else _number(first["metric"], first["sd_over_seeds"])
        sizes = f"{first['n_train']:,} / {first['n_test']:,} ({first['groups_test']:,})"
        repeats = f"{first['seeds']} × {first['folds']}"
        name, published = f"**{run}**, {first['size']}", first["published"] or "none stated"
        lines.append([name, protocol, recipe, figures, deviation, repeats, sizes, published])
    measured = ("measured [95 % interval]", ">± seeds", ">seeds × folds", ">train / test (groups)")
    return _table([*keys, *measured, "published"], lines)


def differences_table(differences: pd.DataFrame) -> str:
    """A line per question and run, a metric below another."""
    keys, lines = ["question", "run", "protocol", "recipe"], []
    for comparison, rows in differences.groupby(keys, sort=False):
        cell = []
        for row in rows.itertuples():
            figure = f"{NAMES[row.metric]} {_difference(row)}"
            cell.append(f"**{figure}**" if row.low > 0 or row.high < 0 else figure)
        lines.append([*comparison, "<br>".join(cell)])
    return _table([*keys, "difference [95 % interval], bold where it can be told from 0"], lines)


def _audits_table(audits: Mapping[str, Any]) -> str:
    rows = {}
    for folder, audit in audits.items():
        dataset = folder.split("-")[0]
        reasons = ", ".join(f"{count} {reason}" for reason, count in audit["dropped"]["reasons"].items())
        for split, name in (("used", audit["protocol"]), ("official", "the publisher's own")):
            if found := audit.get(split):
                cells = [_across(found[kind]) for kind in ("exact", "near", "groups")]
                rows[dataset, name] = [dataset, name, *cells, reasons or "–"]
    counts = (">copies (across)", ">look-alikes (across)", ">groups of several (across)")
    return _table(["data set", "split", *counts, "left out"], [row for _, row in sorted(rows.items())])


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return "\n".join(markdown.table(header, rows)) + "\n"


def _across(found: dict[str, Any] | None) -> str:
    """Nothing where look-alikes were not looked for, or no group is known."""
    return f"{found['clusters']:,} ({found['clusters_across']:,})" if found and found["clusters"] else "–"


def _figure(metric: str, row: Any) -> str:
    return f"{_number(metric, row.value)} [{_number(metric, row.low)}, {_number(metric, row.high)}]"


def _number(metric: str, value: float) -> str:
    return f"{value:.3f}" if metric in NO_SHARES else f"{100 * value:.1f} %"


def _difference(row: Any) -> str:
    """Of shares in points: 2 % more of 90 % would be 91.8 %."""
    if row.metric in NO_SHARES:
        return f"{row.value:+.3f} [{row.low:+.3f}, {row.high:+.3f}]"
    return f"{100 * row.value:+.1f} points [{100 * row.low:+.1f}, {100 * row.high:+.1f}]"


def _describe_versions(versions: Sequence[Mapping[str, str]]) -> str:
    """The versions of packages that measured, in a sentence."""
    found = sorted({tuple(packages.items()) for packages in versions})
    packages = "; ".join(", ".join(f"{name} {version}" for name, version in each) for each in found)
    return f"Measured with {packages}, on a CPU. The commit of each training is in `runs.csv`.\n"
