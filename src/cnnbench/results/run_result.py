"""A run's folder under reports/runs/: its record, and the tables and pictures beside it.

Each file is read, and checked to be whole, when it is first asked for.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, NamedTuple, Self

from pydantic import PrivateAttr

from cnnbench.core.errors import UserError
from cnnbench.metrics import lookup, subgroups
from cnnbench.metrics.intervals.bootstrap import Estimate
from cnnbench.metrics.per_class import NAMES as PER_CLASS
from cnnbench.results.line import ENDS, Kind
from cnnbench.results.reading import AGAIN, Rows, picture_size, rows, run_metrics
from cnnbench.runs.record import FILE, Evaluation, Problem, RunRecord

if TYPE_CHECKING:
    import pandas as pd

DRAWINGS = {
    "classification": ("learning_curves", "confusion", "roc", "reliability"),
    "regression": ("learning_curves", "true_vs_predicted", "residuals"),
}
"""Drawings of measurements, by task; they are SVG, other pictures PNG."""
CURVE = ("fpr", "tpr", "tpr_low", "tpr_high")
"""Columns of a point of a ROC curve, with the ends of its band."""
_IMAGE_GRIDS = ("classes", "samples")
_OPTIONAL = ("mistakes", "grad_cam", "feature_maps")  # of a network that makes some, or that has convolutions
SUBGROUPS = "subgroups.csv"
SHEET_COLUMNS = 20
"""Images in a row of mistakes.webp, as `evaluation.mistakes` writes it."""
_BOUNDS = tuple(f"{name}{end}" for name in PER_CLASS for end in ENDS)


class Picture(NamedTuple):
    """A picture of a run.

    Attributes:
        path: The PNG or SVG.
        width, height: In pixels.
    """

    path: Path
    width: int
    height: int


class Tested(Evaluation, Problem):
    """What was tested: a network, a baseline, or several networks together; its metrics and its predictions."""

    # Private, so that it is no field of run.json
    _folder: Path = PrivateAttr()

    @property
    def folder(self) -> Path:
        """Where its files are."""
        return self._folder

    @property
    def beside(self) -> str:
        """The name of what it stands beside on a leaderboard: itself."""
        return self.run

    @property
    def headline(self) -> str:
        """The one metric that stands for it."""
        return lookup.headline(len(self.classes)).name

    @property
    def has_threshold(self) -> bool:
        """Whether validation data chose a threshold."""
        return self.threshold is not None

    @cached_property
    def metrics(self) -> dict[str, Estimate]:
        """On the test set with their 95 % intervals, in the order in which they were written; NaN where not defined."""
        path = self.folder / "metrics.json"
        metrics = run_metrics(path)
        if self.headline not in metrics:
            raise UserError(f"Expected the metric {self.headline} in {path}, received {', '.join(metrics)}; {AGAIN}.")
        return metrics

    @cached_property
    def subgroups(self) -> Rows:
        """Rows of `subgroups.COLUMNS`, one per subgroup and metric; empty without attributes."""
        path = self.folder / SUBGROUPS
        # A data set without attributes has none, so absence is no damage
        return rows(path, subgroups.COLUMNS, ("n",), ("value", "low", "high")) if path.exists() else ()

    @property
    def worst_group(self) -> str:
        """The subgroup that is worst by the headline metric, as sex = female; empty where none can be ranked."""
        worst = next((row for row in self.subgroups if row["worst"] == "true"), None)
        return subgroups.describe(worst["attribute"], worst["subgroup"]) if worst else ""

    @cached_property
    def predictions(self) -> pd.DataFrame:
        """A row per test example: id, group, label, score_0.. or prediction, twin, and the threshold (or NaN)."""
        import pandas as pd

        path = self.folder / "predictions.parquet"
        scores = [f"score_{index}" for index in range(len(self.classes))]
        columns = ["id", "group", "label", *(scores or ["prediction"]), *(["twin"] if self.twins else [])]
        try:
            # By column, so that a missing one is an error here and not in a metric
            frame = pd.read_parquet(path, columns=columns)
        except FileNotFoundError:
            raise UserError(f"Expected the file {path}, received none; {AGAIN}.") from None
        except (OSError, ValueError) as error:
            # Arrow's messages run over many lines
            first = str(error).splitlines()[0]
            raise UserError(
                f"Expected the columns {', '.join(columns)} in {path}, received {first}; {AGAIN}."
            ) from None
        return frame.assign(
            twin=frame.get("twin", False), threshold=math.nan if self.threshold is None else self.threshold
        )

    @property
    def attributes(self) -> tuple[str, ...]:
        """Names of the attributes of the test examples, such as sex: of predictions.parquet what is not our own."""
        import pyarrow.parquet

        columns = pyarrow.parquet.read_schema(self.folder / "predictions.parquet").names
        ours = {"id", "group", "label", "prediction", "twin"}
        return tuple(name for name in columns if name not in ours and not name.startswith("score_"))


class RunResult(Tested, RunRecord):
    """An evaluated run: its record, and the content of its other files."""

    kind: ClassVar[Kind] = "network"

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Opens a run's folder; see `RunRecord.read`."""
        found = super().read(folder)
        found._folder = folder
        return found

    @cached_property
    def history(self) -> Rows:
        """A row per epoch: epoch, loss, val_loss and whatever else was watched; phase, of a training with two."""
        columns = ("epoch", "loss", "val_loss")
        return rows(self.folder / "history.csv", columns, ("epoch",), gaps=None, texts=("phase",))

    @property
    def head_epochs(self) -> int:
        """How many of its epochs trained the head alone."""
        return sum(row.get("phase") == "head" for row in self.history)

    @cached_property
    def confusion(self) -> Rows:
        """Rows of actual, predicted, count, share (of the actual class); empty for a regression."""
        return self._class_rows("confusion.csv", ("actual", "predicted", "count", "share"), ("count", "share"))

    @cached_property
    def roc(self) -> Rows:
        """Rows of class, fpr, tpr, threshold, tpr_low, tpr_high; empty for a regression."""
        return self._class_rows("roc.csv", ("class", *CURVE), ("fpr", "tpr"), ("tpr_low", "tpr_high"))

    @cached_property
    def per_class(self) -> Rows:
        """Rows of class, n, precision, recall ..., each with its _low and _high; empty for a regression."""
        return self._class_rows("per_class.csv", ("class", "n", *_BOUNDS), ("n",), _BOUNDS)

    @property
    def has_publication(self) -> bool:
        """Whether somebody published the data set or a figure for it: of a user's own data nobody has."""
        return bool(self.citation or self.published_result)

    @cached_property
    def mistakes(self) -> Rows:
        """Rows of id, actual, predicted and both scores, the surest mistake first; empty for a regression."""
        scores = ("score_actual", "score_predicted")
        return self._class_rows("mistakes.csv", ("id", "actual", "predicted", *scores), scores)

    @property
    def sheet(self) -> Path | None:
        """The images of `mistakes`, in their order; None where there are none, as of the rows of a table."""
        path = self.folder / "mistakes.webp"
        return path if path.exists() else None

    @cached_property
    def layers(self) -> Rows:
        """Rows of layer, type, output_shape, parameters."""
        return rows(self.folder / "layers.csv", ("layer", "type", "output_shape", "parameters"), ("parameters",))

    @cached_property
    def pictures(self) -> dict[str, Picture]:
        """By stem, such as "confusion"; examples are shown of images alone."""
        drawings = DRAWINGS[self.task]
        grids = _IMAGE_GRIDS if self.is_classification and self.is_image else ()
        # A network without mistakes or convolutions has none, so absence is no damage
        optional = [name for name in _OPTIONAL if (self.folder / f"{name}.png").exists()]
        found = {name: self.folder / f"{name}.svg" for name in drawings}
        found |= {name: self.folder / f"{name}.png" for name in (*grids, *optional)}
        return {name: Picture(path, *picture_size(path)) for name, path in found.items()}

    def _class_rows(
        self, name: str, columns: tuple[str, ...], numbers: tuple[str, ...], gaps: tuple[str, ...] = ()
    ) -> Rows:
        return rows(self.folder / name, columns, numbers, gaps) if self.is_classification else ()


def load(folder: Path, names: Collection[str] | None = None) -> list[RunResult]:
    """Opens the folder of every run that is there, sorted by name.

    Args:
        folder: Holds a folder per run.
        names: The runs that are wanted; None for all.

    Raises:
        UserError: There is none, or a run.json is missing or damaged. Other files are read when they are asked for.
    """
    there = sorted(path.parent.name for path in folder.glob(f"*/{FILE}"))  # which evaluate writes last
    wanted = [name for name in there if names is None or name in names]
    if not wanted:
        raise UserError(f"Expected a folder per run under {folder}, received none; run `dvc repro` first.")
    return [RunResult.read(folder / name) for name in wanted]
