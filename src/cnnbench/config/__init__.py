"""`params.yaml` as typed, validated objects; nothing else reads it.

section     what all sections share
data        data sets: where they come from, how they are split
recipe      how a network is trained
thresholds  what a metric is held against
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, ValidationError, model_validator
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError

from cnnbench.config.bounds import Bound
from cnnbench.config.datasets import (
    FIXED,
    FOLDS,
    PARTS,
    Data,
    DataProfiles,
    NearCopies,
    Protocol,
    Rule,
    SourceChoice,
    Split,
)
from cnnbench.config.recipe import Augmentation, Cosine, EarlyStopping, Exponential, Plateau, Quick, Recipe
from cnnbench.config.section import Positive, Rate, Section, Seed
from cnnbench.core.errors import UserError

__all__ = [
    "FIXED",
    "FOLDS",
    "PARTS",
    "Augmentation",
    "Bound",
    "Cosine",
    "Data",
    "DataProfiles",
    "EarlyStopping",
    "Exponential",
    "NearCopies",
    "Params",
    "Plateau",
    "Protocol",
    "Quick",
    "Recipe",
    "Rule",
    "Run",
    "SourceChoice",
    "Split",
    "Task",
    "explain",
    "load",
]

PATH = Path("params.yaml")
ARCHIVES = "CNNBENCH_ARCHIVES"
Profile = Literal["quick", "full"]
Task = Literal["classification", "regression"]


class Run(Section):
    """One training: a data set, a network, a recipe, a seed and a fold.

    Attributes:
        recipe: As published.
        tuned: The better one that validation data chose, whole; None where there is none.
    """

    dataset: str
    architecture: str
    seed: Seed = 0
    fold: Annotated[int, Field(ge=0, lt=FOLDS)] = 0
    published: str = ""
    recipe: Recipe
    tuned: Recipe | None = None
    quick: Quick = Quick()

    @model_validator(mode="before")
    @classmethod
    def _tuned_is_a_change(cls, value: Any) -> Any:
        """`tuned:` in params.yaml names what it changes in `recipe:`, and nothing else."""
        if isinstance(value, dict) and isinstance(value.get("recipe"), dict) and isinstance(value.get("tuned"), dict):
            return value | {"tuned": value["recipe"] | value["tuned"]}
        return value


class Params(Section):
    """The whole of `params.yaml`."""

    profile: Profile
    recipe: Literal["published", "tuned"]
    lr: Rate | None
    epochs: Positive | None
    batch_size: Positive | None
    seed: Seed | None
    device: Literal["auto", "cpu", "gpu"]
    threads: Positive
    archives: str | None
    baseline: str | None
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

    def archives_folder(self) -> Path | None:
        """Where the user keeps archives downloaded by hand; the environment's CNNBENCH_ARCHIVES comes first.

        Raises:
            UserError: There is no such folder.
        """
        named = os.environ.get(ARCHIVES) or self.archives
        folder = Path(named).expanduser() if named else None
        if folder is not None and not folder.is_dir():
            raise UserError(
                f"Expected a folder of downloaded archives at {named}, received none: correct archives in params.yaml "
                f"or the environment variable {ARCHIVES}."
            )
        return folder

    def baseline_file(self) -> Path | None:
        """What an earlier report measured, which the report names changes against; None where no file is named.

        Raises:
            UserError: There is no such file.
        """
        if self.baseline is None:
            return None
        path = Path(self.baseline).expanduser()
        if not path.is_file():
            raise UserError(
                f"Expected a metrics.json or leaderboard.csv of an earlier report at {self.baseline}, received none: "
                "correct baseline in params.yaml."
            )
        return path

    def run(self, name: str) -> Run:
        """The run as it is to be trained: the recipe chosen, with what the profile and then the top-level knobs set.

        Raises:
            UserError: `params.yaml` has no such run.
        """
        if name not in self.runs:
            raise UserError(f"Expected a run among {', '.join(self.runs)}, received {name!r}.")
        run = self.runs[name]
        chosen = run.tuned if self.recipe == "tuned" and run.tuned else run.recipe
        quick = run.quick.model_dump(exclude_none=True) if self.profile == "quick" else {}
        knobs = {"lr": self.lr, "epochs": self.epochs, "batch_size": self.batch_size}
        recipe = chosen.model_copy(update=quick | {k: v for k, v in knobs.items() if v is not None})
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
        raise UserError(f"{explain(path, error)}.") from None


def explain(path: Path, error: ValidationError) -> str:
    """Turns the first of pydantic's findings in a file into a line of the house's form, without its full stop."""
    first, *more = error.errors(include_url=False)
    key = ".".join(str(part) for part in first["loc"] if part not in ("constant", "exponential", "plateau", "cosine"))
    rest = f" ({len(more)} more like it)" if more else ""
    kind, message = first["type"], first["msg"]
    if kind == "missing":
        return f"Expected a key {key} in {path}, received none{rest}"
    if kind == "extra_forbidden":
        return f"Expected only known keys in {path}, received {key}{rest}"
    if kind == "value_error":
        return f"Expected {message.removeprefix('Value error, ')} in {path}{f' at {key}' if key else ''}{rest}"
    if kind == "union_tag_invalid":
        tag, tags = first["ctx"]["tag"], first["ctx"]["expected_tags"]
        return f"Expected {key}.name in {path} to be one of {tags}, received {tag!r}{rest}"
    if kind == "json_invalid":
        return f"Expected valid JSON in {path}, received: {first['ctx']['error']}"
    expected = (
        message.removeprefix("Input should be ")
        .replace("valid ", "")
        .replace("a integer", "an integer")
        .replace("a array", "an array")
    )
    return f"Expected {key or 'the content'} in {path} to be {expected}, received {first['input']!r}{rest}"
