"""What the evaluate stage left of each run, as frozen objects."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from cnnbench.config import PARTS
from cnnbench.core.errors import UserError
from cnnbench.results.reading import AGAIN, Rows, json_object, number, png_size, rows

CLASSIFICATION = "classification"
PER_CLASS = ("precision", "recall", "specificity", "f1", "roc_auc", "average_precision")
"""What is measured of each class against the rest."""
ENDS = ("", "_low", "_high")
"""Of the columns of a metric: the value, and the ends of its interval."""


_BOUNDS = tuple(f"{name}{end}" for name in PER_CLASS for end in ENDS)
_OPTIONAL = ("classes", "reliability", "mistakes", "grad_cam", "feature_maps")  # pictures that not every run has


class Measure(NamedTuple):
    """A metric on the test set with its 95 % interval; NaN where it is not defined."""

    value: float
    low: float
    high: float


class Picture(NamedTuple):
    """A picture of a run.

    Attributes:
        path: The PNG.
        width, height: Of the PNG, in pixels.
        vector: The same drawing as an SVG; None where there is none.
    """

    path: Path
    width: int
    height: int
    vector: Path | None = None


@dataclass(frozen=True, kw_only=True)
class Result:
    """A run's result: the fields of run.json under their own names, then what its other files hold.

    Attributes:
        metrics: Metric to measure, in the order in which they were written.
        history: A row per epoch: epoch, loss, val_loss and whatever else was watched.
        confusion: Rows of actual, predicted, count, share (of the actual class); empty for a regression.
        roc: Rows of class, fpr, tpr, threshold and, but for older results, tpr_low, tpr_high; empty for a regression.
        pictures: By stem, such as "confusion".
        per_class: Rows of class, n, precision, recall ..., each with its _low and _high; empty for a regression.
        layers: Rows of layer, type, output_shape, parameters; empty for older results.
        mistakes: Rows of id, actual, predicted, score_actual, score_predicted, the surest mistake first.
        flops: Floating point operations of one forward pass of one example; None where they were not counted.
        temperature: That calibrates the scores, fitted on validation data; None where it was not fitted.
    """

    run: str
    dataset: str
    title: str
    architecture: str
    task: str
    classes: tuple[str, ...]
    unit: str
    source: str
    synthetic: bool
    protocol: str
    profile: str
    seed: int
    fold: int
    input_shape: tuple[int, ...]
    examples: Mapping[str, int]
    counts: Mapping[str, Mapping[str, int]]
    origin: str
    licence: str
    citation: str
    parameters: int
    epochs_trained: int
    best_epoch: int
    recipe: Mapping[str, Any]
    published_recipe: Mapping[str, Any]
    changed: tuple[str, ...]
    published_result: str
    metrics: Mapping[str, Measure]
    history: Rows
    confusion: Rows
    roc: Rows
    pictures: Mapping[str, Picture]
    per_class: Rows = ()
    layers: Rows = ()
    mistakes: Rows = ()
    flops: int | None = None
    temperature: float | None = None

    @property
    def is_classification(self) -> bool:
        """Whether the run tells classes apart; else it predicts a number."""
        return self.task == CLASSIFICATION

    @property
    def headline(self) -> str:
        """The one metric that stands for the run."""
        return "accuracy" if self.is_classification else "rmse"

    @property
    def commonest_share(self) -> float:
        """The accuracy of always answering the commonest class of the test set; 0 where nothing was counted."""
        counts = self.counts.get("test", {}).values()
        return max(counts) / sum(counts) if sum(counts) else 0.0


# What each field of run.json must be; lists become tuples.
_FIELDS: dict[str, type] = {
    **dict.fromkeys(("run", "dataset", "title", "architecture", "task", "unit", "source", "protocol"), str),
    **dict.fromkeys(("profile", "origin", "licence", "citation", "published_result"), str),
    **dict.fromkeys(("seed", "fold", "parameters", "epochs_trained", "best_epoch"), int),
    **dict.fromkeys(("examples", "recipe", "published_recipe"), dict),
    **dict.fromkeys(("classes", "input_shape", "changed"), list),
    "synthetic": bool,
}


def load(folder: Path, names: Collection[str] | None = None) -> list[Result]:
    """Loads the results of every run that is there, sorted by name.

    Args:
        folder: Holds a folder per run.
        names: The runs that are wanted; None means all.

    Raises:
        UserError: There is none, or a file is missing or damaged.
    """
    there = sorted(path.parent.name for path in folder.glob("*/run.json"))  # which evaluate writes last
    if names is not None:
        there = [name for name in there if name in names]
    if not there:
        raise UserError(f"Expected a folder per run under {folder}, received none; run `dvc repro` first.")
    return [_load_one(folder / name) for name in there]


def _load_one(folder: Path) -> Result:
    facts = _facts(folder / "run.json")
    classification = facts["task"] == CLASSIFICATION
    confusion: Rows = ()
    roc: Rows = ()
    if classification:
        confusion = rows(folder / "confusion.csv", ("actual", "predicted", "count", "share"), ("count", "share"))
        roc = rows(folder / "roc.csv", ("class", "fpr", "tpr"), ("fpr", "tpr"))
    scores = ("score_actual", "score_predicted")
    return Result(
        **facts,
        metrics=_metrics(folder / "metrics.json", "accuracy" if classification else "rmse"),
        history=rows(folder / "history.csv", ("epoch", "loss", "val_loss"), ("epoch",), ("loss", "val_loss")),
        confusion=confusion,
        roc=roc,
        pictures=_pictures(folder, classification=classification, images=len(facts["input_shape"]) == 3),
        per_class=_if_any(folder / "per_class.csv", ("class", "n", *PER_CLASS), ("n",), _BOUNDS),
        layers=_if_any(folder / "layers.csv", ("layer", "type", "output_shape", "parameters"), ("parameters",)),
        mistakes=_if_any(folder / "mistakes.csv", ("id", "actual", "predicted", *scores), scores),
    )


def _pictures(folder: Path, *, classification: bool, images: bool) -> dict[str, Picture]:
    """The pictures of a run; only of images there are samples, and older results have fewer."""
    wanted = ["learning_curves", "true_vs_predicted", "residuals"]
    if classification:
        wanted = ["learning_curves", "confusion", "roc", *(["samples"] if images else [])]
    wanted += [name for name in _OPTIONAL if (folder / f"{name}.png").exists()]
    found = {name: (folder / f"{name}.png", folder / f"{name}.svg") for name in wanted}
    return {name: Picture(png, *png_size(png), svg if svg.exists() else None) for name, (png, svg) in found.items()}


def _if_any(path: Path, columns: tuple[str, ...], numbers: tuple[str, ...], gaps: tuple[str, ...] = ()) -> Rows:
    """A table that older results lack, or that not every run has."""
    return rows(path, columns, numbers, gaps) if path.exists() else ()


def _facts(path: Path) -> dict[str, Any]:
    record = json_object(path)
    for name, kind in _FIELDS.items():
        if not isinstance(record.get(name), kind):
            raise UserError(
                f"Expected {name} to be a {kind.__name__} in {path}, received {record.get(name)!r}; {AGAIN}."
            )
    if missing := [part for part in PARTS if not isinstance(record["examples"].get(part), int)]:
        raise UserError(f"Expected examples of {', '.join(PARTS)} in {path}, {', '.join(missing)} not found; {AGAIN}.")
    if record["run"] != path.parent.name:
        raise UserError(f"Expected the run {path.parent.name} in {path}, received {record['run']}; {AGAIN}.")
    facts = {name: tuple(record[name]) if kind is list else record[name] for name, kind in _FIELDS.items()}
    counts = record.get("counts") or {}
    if facts["task"] == CLASSIFICATION and not all(
        isinstance(counts.get(part), dict) and set(counts[part]) <= set(facts["classes"]) for part in PARTS
    ):
        raise UserError(f"Expected counts per part and class in {path}, received {counts!r}; {AGAIN}.")
    flops = record.get("flops")
    if flops is not None and (isinstance(flops, bool) or not isinstance(flops, int)):
        raise UserError(f"Expected flops to be an int in {path}, received {flops!r}; {AGAIN}.")
    temperature = record.get("temperature")
    if temperature is not None and (isinstance(temperature, bool) or not isinstance(temperature, int | float)):
        raise UserError(f"Expected temperature to be a number in {path}, received {temperature!r}; {AGAIN}.")
    return {**facts, "counts": counts, "flops": flops, "temperature": temperature}


def _metrics(path: Path, headline: str) -> dict[str, Measure]:
    record = json_object(path)
    try:
        measures = {
            name: Measure(*(number(measured[key]) for key in Measure._fields)) for name, measured in record.items()
        }
    except (KeyError, TypeError, ValueError) as error:
        raise UserError(f"Expected value, low and high of each metric in {path}, received {error}; {AGAIN}.") from None
    if headline not in measures:
        raise UserError(f"Expected the metric {headline} in {path}, received {', '.join(measures)}; {AGAIN}.")
    return measures
