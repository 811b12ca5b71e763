"""`run.json`, the record of a run: nothing in it differs from one machine or day to another.

It grows in three stages: `Plan` before the training, `TrainingRecord` in models/<run>/, `RunRecord` in
reports/runs/<run>/. Every run.json is read and written here.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, computed_field, model_validator

from cnnbench.config import NO_WEIGHTS, PARTS, TENSORFLOW, Backend, Fit, Published, Recipe, Task, explain
from cnnbench.core import files
from cnnbench.core.dvc_remote import suggest_pull
from cnnbench.core.errors import UserError

FILE = "run.json"
NO_FIGURES = ("epoch", "phase")
"""Columns of history.csv that hold no figure of an epoch; `phase` is there where a training has two."""


class Start(BaseModel):
    """What a network started from: weights that were trained on other data.

    Attributes:
        trained_on: These data, as ImageNet-1k.
        licence, origin: Of the weights.
        sha256: Of the file that they came from.
    """

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")

    trained_on: str
    licence: str
    origin: str
    sha256: str


class Problem(BaseModel):
    """What is predicted, and from which examples.

    Attributes:
        run: The name in params.yaml; of a baseline, its own.
        dataset: The name in params.yaml.
        classes: In the order of their indices; none for a regression.
        protocol: How the examples were split.
        input_shape: Of one input: (height, width, channels) or (features, 1).
        examples: By part of the split.
        counts: By part and class; empty for a regression.
    """

    # An unknown key is ignored, so that a newer version may add one. A recipe refuses it: an unknown knob would mean
    # another training than the one described.
    # Strict: a number in quotes is a damaged file, not a number
    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")

    run: str
    dataset: str
    task: Task
    classes: tuple[str, ...]
    protocol: str
    profile: str
    fold: int
    input_shape: tuple[int, ...]
    examples: dict[str, int]
    counts: dict[str, dict[str, int]]

    @model_validator(mode="after")
    def _every_part_is_counted(self) -> Self:
        if not self.examples.keys() >= {*PARTS}:
            raise ValueError(f"examples of {', '.join(PARTS)}, received {self.examples}")
        counted = all(part in self.counts and self.counts[part].keys() <= {*self.classes} for part in PARTS)
        if self.is_classification and not counted:
            raise ValueError(f"counts per part and class, received {self.counts}")
        return self

    @computed_field  # type: ignore[prop-decorator]
    @property
    def positive(self) -> str:
        """Of two classes, the one that sensitivity, precision and the threshold are about, the last; else empty."""
        return self.classes[1] if len(self.classes) == 2 else ""

    @property
    def is_classification(self) -> bool:
        """Whether the run predicts a class; else it predicts a number."""
        return self.task == "classification"

    @property
    def is_image(self) -> bool:
        """Whether the inputs are images; else they are rows of a table."""
        return len(self.input_shape) == 3

    @property
    def all_examples(self) -> int:
        """The number of examples in all parts."""
        return sum(self.examples.values())

    @property
    def commonest_share(self) -> float:
        """The accuracy of always predicting the commonest class of the test set; 0 without counts."""
        counts = self.counts.get("test", {}).values()
        return max(counts) / sum(counts) if sum(counts) else 0.0

    def write(self, folder: Path) -> None:
        """Writes the run.json of a folder, without the fields that are None."""
        content = self.model_dump()
        files.write_json(folder / FILE, {key: value for key, value in content.items() if value is not None})

    @classmethod
    def read_json(cls, path: Path, again: str) -> Self:
        """Reads a run.json.

        Args:
            path: The file.
            again: What to do where it is missing or damaged.

        Raises:
            UserError: It is, or it is of another version.
        """
        try:
            return cls.model_validate_json(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise UserError(f"Expected the file {path}, received none: {again}.") from None
        except ValidationError as error:
            raise UserError(f"{explain(path, error)}: {again}.") from None
        except (OSError, UnicodeDecodeError) as error:
            raise UserError(f"Expected JSON in {path}, received {error}: {again}.") from None


class Plan(Problem):
    """A run before its training.

    Attributes:
        architecture: The name of the network.
        recipe_name: Of the chosen recipe of params.yaml.
        backend: Of Keras.
        weights: What it starts from, as params.yaml names it.
        start: What these are; None where the seed draws the weights.
        trials: How many recipes were tried on validation data before this one was chosen.
        fit, ranges: Of the records, for images to predict.
        recipe: As used: with the settings of the profile and of the top level.
        published_recipe, published_result: From params.yaml.
        changed: Differences from the publication, a line each.
    """

    architecture: str
    recipe_name: str
    seed: int
    # Those with a value here are not in the record of an earlier version, with which `check --against` compares
    backend: Backend = TENSORFLOW
    weights: str = NO_WEIGHTS
    start: Start | None = None
    trials: int = 0
    fit: Fit = "stretch"
    ranges: dict[str, tuple[float, float]] = {}
    recipe: Recipe
    published_recipe: Recipe
    published_result: Published | None = None
    changed: tuple[str, ...]


class TrainingRecord(Plan):
    """A trained run: models/<run>/run.json.

    Attributes:
        parameters: Of the network.
        trained_parameters: Those that the training changed; None where it changed all.
        best_epoch: The epoch of the model's weights, from 1.
    """

    # ClassVar: pydantic would make a private attribute of it, which a class method cannot read
    _STAGE: ClassVar[str] = "train"

    parameters: int
    trained_parameters: int | None = None
    epochs_trained: int
    best_epoch: int

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Reads the run.json of a run's folder.

        Raises:
            UserError: It is missing or damaged, of another version or of another run.
        """
        path, again = folder / FILE, f"run `dvc repro {cls._STAGE}@{folder.name}`"
        missing = "" if path.exists() else suggest_pull(path, "what was trained")
        record = cls.read_json(path, f"{again}{missing}")
        # A folder that was copied or renamed by hand would else pass for another run
        if record.run != folder.name:
            raise UserError(f"Expected the run {folder.name} in {path}, received {record.run}: {again}.")
        return record


class Evaluation(BaseModel):
    """What the evaluation adds to a record: facts on the data set, and what validation data chose.

    Attributes:
        source, synthetic, origin, title, unit, citation, licence, notes: Of the data set, from its source.json.
        data_sha256: Of the files of the raw data: equal for data sets that differ in their split alone.
        twins: How many test examples have a twin in training or validation.
        subgroup_notes: Attributes without subgroups, a line each.
        threshold: Of the second of two classes' uncalibrated score, chosen on validation data; else None.
        temperature: Calibrates the scores, fitted on validation data; None for a regression.
    """

    source: str
    synthetic: bool
    origin: str
    title: str
    unit: str
    citation: str
    licence: str
    # Not in the record of an earlier version, with which `check --against` compares
    notes: tuple[str, ...] = ()
    data_sha256: str = ""
    twins: int = 0
    subgroup_notes: tuple[str, ...] = ()
    # Optional in the file, since a record is written without what is None
    threshold: float | None = None
    temperature: Annotated[float, Field(gt=0)] | None = None


class Calibrated(Evaluation, Problem):
    """What a stage evaluated: a classifier has a temperature."""

    @model_validator(mode="after")
    def _has_a_temperature(self) -> Self:
        if self.is_classification and self.temperature is None:
            raise ValueError("a temperature above 0, received none")
        return self


class RunRecord(Calibrated, TrainingRecord):
    """An evaluated run: reports/runs/<run>/run.json.

    Attributes:
        flops: Floating point operations of one forward pass of one example.
    """

    _STAGE: ClassVar[str] = "evaluate"

    flops: int

    @property
    def operating_point(self) -> float | None:
        """The threshold, if the recipe sets a `sensitivity`; None where the likelier class is predicted."""
        return None if self.recipe.sensitivity is None else self.threshold

    @property
    def identity(self) -> tuple[object, ...]:
        """The values of `IDENTITY`: equal for repeats of one training."""
        return tuple(getattr(self, name) for name in IDENTITY)


IDENTITY = (
    "dataset", "source", "origin", "synthetic", "unit", "all_examples", "protocol", "profile",
    "architecture", "backend", "weights", "parameters", "task", "classes", "input_shape", "recipe_name", "recipe",
)  # fmt: skip
"""The fields that distinguish trainings: data, network, recipe and start. Not seed, fold and outcomes."""

OUTCOMES = frozenset(TrainingRecord.model_fields) - frozenset(Plan.model_fields) | {"flops"}
"""Fields that are figures of the trained network."""

# The others are figures of the network, though they come with the evaluation
DATA_FACTS = frozenset(Evaluation.model_fields) - {"threshold", "temperature", "twins", "subgroup_notes"}
"""Fields that describe the data set: the same for all its runs."""
