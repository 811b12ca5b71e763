"""THE list of the leaderboard's columns.

leaderboard.csv, the page, report.md, `cnnbench results` and docs/leaderboard.md (`make docs`) are made from it. To
add a column, add its row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from cnnbench.metrics import caveats, lookup
from cnnbench.metrics.intervals.bootstrap import UNDEFINED
from cnnbench.results import formatting
from cnnbench.results.chance import FEW
from cnnbench.results.line import ENDS, Line

Place = Literal["csv", "page", "choice", "markdown", "terminal"]


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column.

    Attributes:
        name: In leaderboard.csv.
        where: On which leaderboards it stands; `choice` is the page, where a reader asks for it.
        doc: What it holds, for docs/leaderboard.md; empty for one that leaderboard.csv has not.
        heading: For people.
        raw: What leaderboard.csv holds; None for the line's field of that name.
        cell: What people read in it; None for what leaderboard.csv holds.
        clean: What people read in it on a second row, of the test examples without a twin; None for nothing.
        numeric: Whether it holds numbers, which stand to the right.
    """

    name: str
    where: tuple[Place, ...] = ("csv",)
    doc: str = ""
    heading: str = ""
    raw: Callable[[Line], object] | None = None
    cell: Callable[[Line], str] | None = None
    clean: Callable[[Line], str] | None = None
    numeric: bool = False

    def value(self, line: Line) -> str:
        """The cell of leaderboard.csv."""
        value = self.raw(line) if self.raw else getattr(line, self.name)
        if value is None:
            return ""
        # As JSON writes it, not Python's True
        return str(value).lower() if isinstance(value, bool) else str(value)

    def text(self, line: Line) -> str:
        """The cell for people."""
        return self.cell(line) if self.cell else self.value(line)


def _headline(line: Line, *, clean: bool = False) -> str:
    row = lookup.find(line.headline)
    unit = f" ({line.unit})" if line.unit and row.unit == "target" else ""
    measured = line.metrics.get(lookup.clean(row.name) if clean else row.name)
    return f"{row.label} {formatting.estimate(measured)}{unit}"


def _headline_and_clean(line: Line) -> str:
    if not line.twins:
        return _headline(line)
    return f"{_headline(line)}; {caveats.describe_clean(line.metrics, line.n_test, named=False)}"


def _mark(line: Line) -> str:
    """The mark of a run whose test examples have twins, as TWINS 57 of 58; empty for others."""
    return f"{TWINS} {line.twins:,} of {line.n_test:,}" if line.twins else ""


def _name(line: Line) -> str:
    said = ", ".join(filter(None, (*line.marks, line.badges)))
    return f"{line.run} ({said})" if said else line.run


def _parameters(line: Line) -> str:
    if line.parameters is None:
        return formatting.ABSENT
    trained = "" if line.trained_parameters is None else f"{line.trained_parameters:,} trained of "
    return f"{trained}{line.parameters:,}"


def _area(line: Line) -> str:
    words = formatting.estimate(line.metrics.get(_AREA.name))
    return f"{words} ({line.positive})" if line.positive and words != formatting.ABSENT else words


TWINS = "TWINS"
"""Marks a run whose test examples have twins in training or validation."""
RANKING = (
    "A baseline has no rank: it is what the others are held against. An ensemble is the mean of what a run's seeds "
    "predict. A network tested on other data has no rank either. What others brought is ranked by its predictions: how "
    "they were made is not known here. Ensembles, and unless asked otherwise networks that start from weights, are "
    "ranked by themselves."
)
"""What stands on a leaderboard beside the runs, and what is ranked together."""
_AREA = lookup.beside(2)

# A row is to be read as one: a field a line would hide the table.
# fmt: off
COLUMNS: tuple[Column, ...] = (
    Column(name="run", where=("csv", "page", "markdown", "terminal"),
        doc="the run, as `runs:` in `params.yaml` names it; or a baseline, or an ensemble of a run's repeats",
        heading="run", cell=_name, clean=lambda _: "  clean examples alone"),
    Column(name="kind",
        doc="`baseline`, `network`, `external` (a network on another data set), `brought` (predictions of others) or "
            "`ensemble`"),
    Column(name="dataset", doc="the data set, as `datasets:` in `params.yaml` names it"),
    Column(name="tested_on",
        doc="of `external`: the other data set that the network of `dataset` was tested on (docs/external.md)"),
    Column(name="architecture", where=("csv", "choice"), heading="network",
        doc="the network: a file under `src/cnnbench/networks/`; the method of a baseline"),
    Column(name="weights", where=("csv", "choice"), heading="starts from",
        doc="what the network starts from, or what a baseline's features come from, as `weights:` or `features:` in "
            "`params.yaml` name it; `none` where the seed draws the weights"),
    Column(name="trained_on", doc="the data that these weights were trained on, such as `ImageNet-1k`"),
    Column(name="trials", where=("csv", "choice"), heading="recipes tried", numeric=True,
        doc="how many recipes were tried on validation data before the one of this row was chosen; 0: none was"),
    Column(name="task", doc="`classification` or `regression`"),
    Column(name="protocol",
        doc="how the examples were split, and in which shares: `grouped 8:1:1`, `image-level 8:1:1`, "
            "`row-level 8:1:1`, `official` or `given`"),
    Column(name="profile", where=("csv", "choice"), heading="profile", doc="`quick` or `full`"),
    Column(name="source", where=("csv", "choice"), heading="source",
        doc="where the examples come from, such as `tfds`, `kaggle` or `phantom`"),
    Column(name="synthetic", where=("csv", "terminal"),
        doc="`true` where the examples are made up: such a figure says nothing of the real data set", heading="data",
        cell=lambda line: ("SYNTHETIC" if line.synthetic else "real") + (f", {TWINS}" if line.twins else ""),
        clean=lambda _: "no twin"),
    Column(name="seed", where=("csv", "choice"), heading="seed", numeric=True,
        doc="of initial weights, dropout, augmentation and order; empty for what has none or several"),
    Column(name="fold", where=("csv", "choice"), heading="fold", numeric=True, doc="the first test fold"),
    Column(name="data", where=("page", "markdown"), heading="data, split",
        cell=lambda line: ", ".join(
            filter(None, ["SYNTHETIC" if line.synthetic else line.source, line.protocol, _mark(line)]))),
    Column(name="standing", where=("page", "markdown"), heading="rank, ties", cell=lambda line: line.standing),
    Column(name="headline", where=("page", "markdown"), heading="headline metric [95 % interval]",
        cell=_headline_and_clean),
    Column(name="headline_alone", where=("terminal",), heading="headline metric [95 % interval]",
        cell=_headline, clean=lambda line: _headline(line, clean=True)),
    Column(name="axis", where=("page",)),  # the interval, drawn
    Column(name="beside", where=("page",), numeric=True),  # the second metric, which differs between tasks
    Column(name=_AREA.name, where=("markdown",), heading=f"{_AREA.label} [95 % interval]",
        cell=_area, numeric=True),
    Column(name="area", where=("terminal",), heading=_AREA.label,
        cell=lambda line: formatting.decimal(line.metrics.get(_AREA.name, UNDEFINED).value), numeric=True),
    Column(name="n_train", where=("csv", "choice"), heading="training examples",
        cell=lambda line: f"{line.n_train:,}", numeric=True,
        doc="training examples"),
    Column(name="n_val", where=("csv", "choice"), heading="validation examples",
        cell=lambda line: f"{line.n_val:,}", numeric=True,
        doc="validation examples"),
    Column(name="examples", where=("markdown",), heading="train / test",
        cell=lambda line: f"{line.n_train:,} / {line.n_test:,}", numeric=True),
    Column(name="n_test", where=("csv", "page", "terminal"), doc="test examples, which all metrics are of",
        heading="test examples", cell=lambda line: f"{line.n_test:,}", clean=lambda line: f"{line.n_clean:,}",
        numeric=True),
    Column(name="n_clean", where=("csv", "choice"), heading="clean test examples",
        cell=lambda line: f"{line.n_clean:,}", numeric=True,
        doc="those of them without a twin (`twins` counts the others): an exact copy, a near copy or an example of the "
            "same group in training or validation; `<headline>_clean` is measured on them alone"),
    Column(name="parameters", where=("csv", "markdown"),
        doc="of the network, trained or not; of an ensemble those of all members; empty for neighbours",
        heading="parameters", cell=_parameters, numeric=True),
    Column(name="trained_parameters", doc="those of them that the training changed; empty where it changed all"),
    Column(name="flops", where=("csv", "markdown"),
        doc="floating point operations of one forward pass of one example; "
            "a multiplication with an addition counts as two; empty for a baseline",
        heading="operations", numeric=True,
        cell=lambda line: formatting.ABSENT if line.flops is None else formatting.operations(line.flops)),
    Column(name="size", where=("page",), heading="parameters, operations", numeric=True),
    Column(name="unit", doc="of a regression's target, and so of the metrics in it; empty for a classification"),
    Column(name="positive",
        doc="of two classes, the one that the metrics on one class are of, such as sensitivity; empty for other tasks"),
    Column(name="worst_group", where=("csv", "choice"), heading="worst subgroup",
        doc="the subgroup with the worst headline metric, of those that are large enough; `<headline>_worst_group` is "
            "its figure; empty without attributes"),
    Column(name="chance",
        doc="the headline metric of the best constant answer: the share of the commonest class of the test part, or "
            "the RMSE of the mean of its targets; empty where that is not defined",
        raw=lambda line: None if line.chance is None else formatting.cell(line.chance)),
    Column(name="badges",
        doc="`not above chance` or `no better than the mean` where the interval of the headline metric does not lie "
            f"beyond `chance`, `n = ...` of fewer than {FEW} test examples; empty for most"),
    Column(name="rank", where=("csv", "terminal"),
        doc="by the headline metric among those ranked together (Ranks, below), which were tested on the same examples "
            "of the same data set and split; 1 is best, equals share the better rank, one alone has 1", heading="rank",
        cell=lambda line: f"{line.rank} [{line.rank_low}, {line.rank_high}]" if line.ranked > 1 else "-"),
    Column(name="rank_low",
        doc="1 and how many of them are significantly better (Holm-adjusted p over all pairs below 0.05)"),
    Column(name="rank_high", doc="how many of them are not significantly worse, itself included"),
    Column(name="ranked", doc="how many are ranked together, itself included"),
    Column(name="tie_group", where=("csv", "terminal"),
        doc="letters: networks with a letter in common cannot be told apart", heading="ties",
        cell=lambda line: line.tie_group if line.ranked > 1 else "-"),
)
# fmt: on
_METRICS_AFTER = "unit"  # where the columns of the metrics stand in leaderboard.csv


def select(where: Place) -> list[Column]:
    """The columns of one of the leaderboards, in order."""
    return [column for column in COLUMNS if where in column.where]


def csv_header(names: Iterable[str]) -> list[str]:
    """The names of the columns of leaderboard.csv, with three for each of these metrics."""
    header: list[str] = []
    for column in select("csv"):
        header.append(column.name)
        if column.name == _METRICS_AFTER:
            header += [f"{name}{end}" for name in names for end in ENDS]
    return header


def csv_cells(line: Line, names: Iterable[str]) -> Iterator[str]:
    """A row of leaderboard.csv under that header; a metric that is not defined is empty."""
    for column in select("csv"):
        yield column.value(line)
        if column.name == _METRICS_AFTER:
            numbers = [number for name in names for number in line.metrics.get(name, UNDEFINED)]
            yield from map(formatting.cell, numbers)
