"""A run that has been trained and evaluated: where its model lies, and what its run.json says."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cnnbench import config
from cnnbench.core import files
from cnnbench.core.errors import UserError
from cnnbench.data import sets

_TYPES: dict[str, type] = {"dataset": str, "task": str, "classes": list, "input_shape": list, "recipe": dict}


@dataclass(frozen=True)
class TrainedRun:
    """What is asked of a run by those who use its model.

    Attributes:
        name: In params.yaml.
        root: The repository's root.
        about: The content of its run.json.
    """

    name: str
    root: Path
    about: dict[str, Any]

    @property
    def model(self) -> Path:
        """Its model.keras, whether it is there or not."""
        return self.root / "models" / self.name / "model.keras"

    @property
    def classes(self) -> tuple[str, ...]:
        """In the order of their indices; none for a regression."""
        return tuple(self.about["classes"])

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Of one input: (height, width, channels) or (features, 1)."""
        return tuple(self.about["input_shape"])

    @property
    def features(self) -> tuple[str, ...]:
        """Of a table, the names of its columns in the order in which the network takes them; none if not known."""
        dataset = self.about["dataset"]
        if dataset not in sets.names():
            return ()
        return sets.get(dataset).features

    @property
    def temperature(self) -> float:
        """What calibrates the scores of its classes.

        Raises:
            UserError: Its run.json has none, as those of older versions.
        """
        value = self.about.get("temperature")
        if not isinstance(value, int | float) or not value > 0:
            raise UserError(
                f"Expected a temperature above 0 in {_told(self.root, self.name)}, received {value}: "
                f"run `dvc repro evaluate@{self.name}`."
            )
        return float(value)

    @property
    def threshold(self) -> float | None:
        """Of two classes: the score of the second, uncalibrated, that validation data chose; else None."""
        value = self.about.get("threshold")
        return None if value is None else float(value)

    @property
    def operating_point(self) -> float | None:
        """The threshold where the recipe asks for one by its `sensitivity`; None where the likelier class is meant."""
        return self.threshold if self.about["recipe"].get("sensitivity") is not None else None


def find(name: str, root: Path) -> TrainedRun:
    """Finds a run by its name.

    Args:
        name: In params.yaml.
        root: The repository's root, which holds reports/runs/ and models/.

    Raises:
        UserError: There is no such run, or its run.json is missing or damaged. The model is not looked at.
    """
    path = _told(root, name)
    again = f"run `dvc repro evaluate@{name}`"
    try:
        about = files.read_json(path)
    except FileNotFoundError:
        if name not in (known := _known(root)):
            raise UserError(f"Expected a run among {', '.join(known)}, received {name!r}.") from None
        raise UserError(f"Expected the file {path}, received none: {again}, or `dvc pull` what was trained.") from None
    except (OSError, ValueError) as error:
        raise UserError(f"Expected JSON in {path}, received {error}: {again}.") from None
    for key, kind in _TYPES.items():
        received = about.get(key) if isinstance(about, dict) else None
        if not isinstance(received, kind):
            raise UserError(f"Expected {key} to be a {kind.__name__} in {path}, received {received!r}: {again}.")
    return TrainedRun(name, root, about)


def _told(root: Path, name: str) -> Path:
    return root / "reports" / "runs" / name / "run.json"


def _known(root: Path) -> list[str]:
    """The runs that params.yaml has or that have been evaluated, sorted."""
    known = {path.parent.name for path in (root / "reports" / "runs").glob("*/run.json")}
    if (root / "params.yaml").exists():
        known |= set(config.load(root / "params.yaml").runs)
    if not known:
        raise UserError(
            f"Expected the root of a cnnbench repository, received {root.absolute()}: go there, or name it with --root."
        )
    return sorted(known)
