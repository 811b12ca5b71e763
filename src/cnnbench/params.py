"""`params.yaml` as typed, validated objects; nothing else reads it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError

from cnnbench.errors import UserError

PATH = Path("params.yaml")
FOLDS = 10

Positive = Annotated[int, Field(gt=0)]
Rate = Annotated[float, Field(gt=0)]
Fraction = Annotated[float, Field(ge=0, le=1)]
Seed = Annotated[int, Field(ge=0, lt=2**32)]
Monitor = Literal["val_loss", "val_accuracy"]
Profile = Literal["quick", "full"]
Task = Literal["classification", "regression"]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class Split(_Section):
    """Shares of the examples, in tenths, and the seed of the ten folds."""

    train: Fraction
    val: Fraction
    test: Fraction
    seed: Seed

    @model_validator(mode="after")
    def _in_tenths(self) -> Self:
        shares = (self.train, self.val, self.test)
        if abs(sum(shares) - 1) > 1e-9:
            raise ValueError(f"shares that sum to 1, received {' + '.join(map(str, shares))} = {sum(shares):g}")
        if any(abs(share * FOLDS - round(share * FOLDS)) > 1e-9 or share <= 0 for share in shares):
            raise ValueError(f"shares that are whole tenths above 0, received {', '.join(map(str, shares))}")
        return self

    def folds(self, fold: int) -> dict[str, list[int]]:
        """Which of the ten folds train, validate and test when `fold` is the first test fold."""
        turned = [(fold + i) % FOLDS for i in range(FOLDS)]
        test, val = round(self.test * FOLDS), round(self.val * FOLDS)
        return {"train": turned[test + val :], "val": turned[test : test + val], "test": turned[:test]}


class Data(_Section):
    """Where a data set comes from in one profile, and how much of it is taken.

    Attributes:
        source: A source that the data set has.
        examples: At most so many examples; None for all.
        size: Side of the stored images in pixels; None for data that are not images.
        seed: Of what the source draws: phantoms, or which examples a cap leaves.
    """

    source: str
    examples: Positive | None
    size: Positive | None
    seed: Seed = 0


class DataProfiles(_Section):
    """A data set in each profile."""

    quick: Data
    full: Data


class Constant(_Section):
    """A rate that stays."""

    name: Literal["constant"]


class Exponential(_Section):
    """A rate that is multiplied by `decay_rate` every `decay_steps` optimiser steps, smoothly."""

    name: Literal["exponential"]
    decay_steps: Positive
    decay_rate: Annotated[float, Field(gt=0, le=1)]


class Plateau(_Section):
    """A rate that is multiplied by `factor` when `monitor` has not improved for `patience` epochs."""

    name: Literal["plateau"]
    monitor: Monitor
    factor: Annotated[float, Field(gt=0, lt=1)]
    patience: Positive
    min_lr: Annotated[float, Field(ge=0)]


class EarlyStopping(_Section):
    """Ends training when `monitor` has not improved for `patience` epochs."""

    monitor: Monitor
    patience: Positive
    restore_best: bool


class Augmentation(_Section):
    """Random changes of training images.

    Attributes:
        flip: Mirror left to right, top to bottom, or both.
        rotation: At most so much of a full turn, either way.
        zoom: In or out by at most this share of the side.
        shift: By at most this share of the side.
        fill: How pixels from outside are made up.
    """

    flip: Literal["none", "horizontal", "vertical", "horizontal_and_vertical"]
    rotation: Fraction
    zoom: Fraction
    shift: Fraction
    fill: Literal["nearest", "constant", "reflect", "wrap"]


class Recipe(_Section):
    """How a network is trained."""

    optimizer: Literal["adam", "rmsprop", "adadelta"]
    lr: Rate
    schedule: Constant | Exponential | Plateau = Field(discriminator="name")
    loss: Literal["binary_crossentropy", "sparse_categorical_crossentropy", "categorical_crossentropy", "mse"]
    batch_size: Positive
    epochs: Positive
    early_stopping: EarlyStopping | None
    augmentation: Augmentation | None
    l2: Annotated[float, Field(ge=0)]


class Quick(_Section):
    """What `profile: quick` sets in a recipe; None leaves it as published."""

    lr: Rate | None = None
    epochs: Positive | None = None
    batch_size: Positive | None = None


class Run(_Section):
    """One training: a data set, a network, a recipe, a seed and a fold."""

    dataset: str
    architecture: str
    seed: Seed
    fold: Annotated[int, Field(ge=0, lt=FOLDS)]
    published: str
    recipe: Recipe
    quick: Quick


class Bound(_Section):
    """A floor (`min`) or a ceiling (`max`) of a metric."""

    kind: Literal["min", "max"]
    value: float

    @model_validator(mode="before")
    @classmethod
    def _from_yaml(cls, value: Any) -> Any:
        if isinstance(value, dict) and len(value) == 1 and value.keys() <= {"min", "max"}:
            ((kind, bound),) = value.items()
            return {"kind": kind, "value": bound}
        if isinstance(value, dict) and value.keys() == {"kind", "value"}:
            return value
        raise ValueError(f"either {{min: number}} or {{max: number}}, received {value!r}")


class Params(_Section):
    """The whole of `params.yaml`."""

    profile: Profile
    lr: Rate | None
    epochs: Positive | None
    batch_size: Positive | None
    seed: Seed | None
    device: Literal["auto", "cpu", "gpu"]
    threads: Positive
    split: Split
    datasets: dict[str, DataProfiles]
    runs: dict[str, Run]
    thresholds: dict[str, dict[str, Bound]]

    @model_validator(mode="after")
    def _names_exist(self) -> Self:
        for name, run in self.runs.items():
            if run.dataset not in self.datasets:
                known = ", ".join(self.datasets)
                raise ValueError(f"a data set among {known} as runs.{name}.dataset, received {run.dataset!r}")
        return self

    def data(self, dataset: str) -> Data:
        """The data set's source and size in the current profile.

        Raises:
            UserError: `params.yaml` has no such data set.
        """
        if dataset not in self.datasets:
            raise UserError(f"Expected a data set among {', '.join(self.datasets)}, received {dataset!r}.")
        profiles = self.datasets[dataset]
        return profiles.quick if self.profile == "quick" else profiles.full

    def run(self, name: str) -> Run:
        """The run as it is to be trained: its recipe with what the profile and then the top-level knobs set.

        Raises:
            UserError: `params.yaml` has no such run.
        """
        if name not in self.runs:
            raise UserError(f"Expected a run among {', '.join(self.runs)}, received {name!r}.")
        run = self.runs[name]
        quick = run.quick.model_dump(exclude_none=True) if self.profile == "quick" else {}
        knobs = {"lr": self.lr, "epochs": self.epochs, "batch_size": self.batch_size}
        recipe = run.recipe.model_copy(update=quick | {k: v for k, v in knobs.items() if v is not None})
        seed = run.seed if self.seed is None else self.seed
        return run.model_copy(update={"recipe": recipe, "seed": seed})


def load(path: Path = PATH) -> Params:
    """Reads and validates `params.yaml`.

    YAML 1.2, in which `1e-05`, as DVC writes it, is a number (PyYAML reads YAML 1.1 and takes it for a string).

    Raises:
        UserError: The file is missing, is not YAML, or holds something unexpected; the message names the key.
    """
    try:
        content = YAML(typ="safe").load(path)
        return Params.model_validate(content)
    except FileNotFoundError:
        raise UserError(
            f"Expected a file {path} in {Path.cwd()}, received none: run this in the repository root."
        ) from None
    except MarkedYAMLError as error:
        mark = error.problem_mark
        where = f", line {mark.line + 1}" if mark else ""
        raise UserError(f"Expected valid YAML in {path}{where}, received: {error.problem}.") from None
    except ValidationError as error:
        raise UserError(_one_line(path, error)) from None


def _one_line(path: Path, error: ValidationError) -> str:
    """Turns the first of pydantic's findings into a line of the house's form."""
    first, *more = error.errors(include_url=False)
    key = ".".join(str(part) for part in first["loc"] if part not in ("constant", "exponential", "plateau"))
    rest = f" ({len(more)} more like it)" if more else ""
    kind, message = first["type"], first["msg"]
    if kind == "missing":
        return f"Expected a key {key} in {path}, received none{rest}."
    if kind == "extra_forbidden":
        return f"Expected only known keys in {path}, received {key}{rest}."
    if kind == "value_error":
        return f"Expected {message.removeprefix('Value error, ')} in {path}{f' at {key}' if key else ''}{rest}."
    if kind == "union_tag_invalid":
        tag, tags = first["ctx"]["tag"], first["ctx"]["expected_tags"]
        return f"Expected {key}.name in {path} to be one of {tags}, received {tag!r}{rest}."
    expected = message.removeprefix("Input should be ").replace("a valid integer", "an integer").replace("a valid", "a")
    return f"Expected {key} in {path} to be {expected}, received {first['input']!r}{rest}."
