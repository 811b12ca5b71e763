"""`run.json`: what a run was, without anything that differs from one machine or day to another.

One record in three stages, each with all of the stage before: `Plan` before the training, `TrainingRecord` in
models/<run>/, `RunRecord` in reports/runs/<run>/. Whatever reads or writes a run.json does so here.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from cnnbench.config import PARTS, Published, Recipe, Task, explain
from cnnbench.core import files
from cnnbench.core.errors import UserError

FILE = "run.json"


class Plan(BaseModel):
    """What is known of a run before it is trained.

    Attributes:
        run, dataset, architecture: Names in params.yaml.
        classes: In the order of their indices; none for a regression.
        protocol: How the examples were split.
        recipe_name: Which recipe of params.yaml was chosen.
        input_shape: Of one input: (height, width, channels) or (features, 1).
        examples: By part of the split.
        counts: By part and class; empty for a regression.
        recipe: As used: with what the profile and the top-level knobs set.
        published_recipe, published_result: As params.yaml says them.
        changed: What differs from the publication, a line each.
    """

    # A key that is not known is left out, so that a newer version may add one. A recipe is strict: a knob that is not
    # known would be a training that is not the one described.
    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")

    run: str
    dataset: str
    architecture: str
    task: Task
    classes: tuple[str, ...]
    protocol: str
    profile: str
    recipe_name: str
    seed: int
    fold: int
    input_shape: tuple[int, ...]
    examples: dict[str, int]
    counts: dict[str, dict[str, int]]
    recipe: Recipe
    published_recipe: Recipe
    published_result: Published | None = None
    changed: tuple[str, ...]

    @model_validator(mode="after")
    def _every_part_is_counted(self) -> Self:
        if not self.examples.keys() >= {*PARTS}:
            raise ValueError(f"examples of {', '.join(PARTS)}, received {self.examples}")
        counted = all(part in self.counts and self.counts[part].keys() <= {*self.classes} for part in PARTS)
        if self.is_classification and not counted:
            raise ValueError(f"counts per part and class, received {self.counts}")
        return self

    @property
    def is_classification(self) -> bool:
        """Whether the run tells classes apart; else it predicts a number."""
        return self.task == "classification"

    @property
    def is_image(self) -> bool:
        """Whether its inputs are images; else they are rows of a table."""
        return len(self.input_shape) == 3

    @property
    def all_examples(self) -> int:
        """How many examples all parts hold together."""
        return sum(self.examples.values())

    @property
    def commonest_share(self) -> float:
        """The accuracy of always answering the commonest class of the test set; 0 where nothing was counted."""
        counts = self.counts.get("test", {}).values()
        return max(counts) / sum(counts) if sum(counts) else 0.0


class TrainingRecord(Plan):
    """What is known of a run once it is trained: models/<run>/run.json.

    Attributes:
        parameters: Of the network.
        best_epoch: Whose weights the model has, from 1.
    """

    _STAGE: ClassVar[str] = "train"

    parameters: int
    epochs_trained: int
    best_epoch: int

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Reads the run.json of a run's folder.

        Raises:
            UserError: It is missing or damaged, of another version or of another run.
        """
        path = folder / FILE
        again = f"run `dvc repro {cls._STAGE}@{folder.name}`"
        try:
            found = cls.model_validate_json(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise UserError(
                f"Expected the file {path}, received none: {again}, or `dvc pull` what was trained."
            ) from None
        except ValidationError as error:
            raise UserError(f"{explain(path, error)}: {again}.") from None
        except (OSError, UnicodeDecodeError) as error:
            raise UserError(f"Expected JSON in {path}, received {error}: {again}.") from None
        if found.run != folder.name:
            raise UserError(f"Expected the run {folder.name} in {path}, received {found.run}: {again}.")
        return found

    def write(self, folder: Path) -> None:
        """Writes the run.json of a run's folder; what does not apply to the run is left out."""
        content: dict[str, Any] = self.model_dump()
        files.write_json(folder / FILE, {key: value for key, value in content.items() if value is not None})


class RunRecord(TrainingRecord):
    """What is known of a run once it is evaluated: reports/runs/<run>/run.json.

    Attributes:
        source, synthetic, origin, title, unit, citation, licence: Of the data set, as its source.json says.
        flops: Floating point operations of one forward pass of one example.
        threshold: Of two classes the score of the second, uncalibrated, that validation data chose; else None.
        temperature: What calibrates the scores, fitted on validation data; None for a regression.
    """

    _STAGE: ClassVar[str] = "evaluate"

    source: str
    synthetic: bool
    origin: str
    title: str
    unit: str
    citation: str
    licence: str
    flops: int
    threshold: float | None = None
    temperature: Annotated[float, Field(gt=0)] | None = None

    @model_validator(mode="after")
    def _a_classifier_is_calibrated(self) -> Self:
        if self.is_classification and self.temperature is None:
            raise ValueError("a temperature above 0, received none")
        return self

    @property
    def operating_point(self) -> float | None:
        """The threshold where the recipe asks for one by its `sensitivity`; None where the likelier class is meant."""
        return None if self.recipe.sensitivity is None else self.threshold

    @property
    def identity(self) -> tuple[object, ...]:
        """What repeats of one training have in common: the values of `IDENTITY`."""
        return tuple(getattr(self, name) for name in IDENTITY)


IDENTITY = (
    "dataset", "source", "origin", "synthetic", "unit", "all_examples", "protocol", "profile",
    "architecture", "parameters", "task", "classes", "input_shape", "recipe_name", "recipe",
)  # fmt: skip
"""What tells one training from another: data, network and recipe. Seed, fold and outcomes are not among them."""

OUTCOMES = frozenset(TrainingRecord.model_fields) - frozenset(Plan.model_fields) | {"flops"}
"""Fields that are figures of the trained network."""

DATA_FACTS = frozenset(RunRecord.model_fields) - frozenset(TrainingRecord.model_fields)
DATA_FACTS -= {"flops", "threshold", "temperature"}
"""Fields that describe the data set: the same for all its runs."""
