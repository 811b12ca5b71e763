"""The rows of the leaderboard, with what the tracker asks of each: its results, and what it was made of."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from cnnbench.core.errors import UserError
from cnnbench.core.files import read_json
from cnnbench.tracking.lineage import Model, model_path, records_path

_OF_DATA_SET = ("title", "unit", "citation", "licence", "origin")  # the same for all its runs, and long


class Row(NamedTuple):
    """A run on the leaderboard.

    Attributes:
        run: Its name.
        params: What run.json says of the training.
        history: A row an epoch; NaN where the table has a gap.
        metrics: On the test set; NaN where one is not defined.
        folder: Its files.
        data_sha256: Of the `records.json` that it was trained on; empty where that can no longer be had.
        model: Its `model.keras`.
    """

    run: str
    params: dict[str, Any]
    history: list[dict[str, float]]
    metrics: dict[str, float]
    folder: Path
    data_sha256: str
    model: Model


def read(reports: Path) -> list[Row]:
    """Reads every row of the leaderboard, in its order.

    Args:
        reports: Holds leaderboard.csv and runs/. Models and records are looked for in the working directory, the
            repository's root, and where they are not there, in DVC's cache.

    Raises:
        UserError: A file is missing or damaged, or a model is in neither place.
    """
    path = reports / "leaderboard.csv"
    with _whole(path), path.open(encoding="utf-8", newline="") as file:
        names = [line["run"] for line in csv.DictReader(file)]
    stored = _Stored()
    return [_row(reports / "runs" / name, stored) for name in names]


def _row(folder: Path, stored: _Stored) -> Row:
    with _whole(folder / "run.json"):
        about = read_json(folder / "run.json")
        params = {key: value for key, value in about.items() if key not in _OF_DATA_SET}
        dataset = about["dataset"]
    with _whole(folder / "metrics.json"):
        found = read_json(folder / "metrics.json")
        metrics = {name: _number(measure["value"]) for name, measure in found.items()}
    with _whole(folder / "history.csv"), (folder / "history.csv").open(encoding="utf-8", newline="") as file:
        history = [{key: _number(cell) for key, cell in line.items()} for line in csv.DictReader(file)]
    path = model_path(folder.name)
    model = stored.hashes(path)
    if not model:
        raise UserError(
            f"Expected the model of {folder.name} in models/ or in DVC's cache, received none; run `dvc repro`."
        )
    data = stored.hashes(records_path(dataset))
    return Row(folder.name, params, history, metrics, folder, data[0] if data else "", Model(path, *model))


class _Stored:
    """Files of the workspace and, where they are not there, of DVC's cache, which is opened when first asked for."""

    @cached_property
    def _cache(self) -> Any:
        from dvc.api import DVCFileSystem

        return DVCFileSystem()

    def hashes(self, path: Path) -> tuple[str, str] | None:
        """SHA-256 and MD5 of a file's bytes, in hex; None where it is in neither place."""
        from dvc.exceptions import DvcException

        sha256, md5 = hashlib.sha256(), hashlib.md5(usedforsecurity=False)  # MD5 is how DVC names files
        try:
            with path.open("rb") if path.exists() else self._cache.open(path.as_posix(), "rb") as file:
                while chunk := file.read(2**20):
                    sha256.update(chunk)
                    md5.update(chunk)
        except (OSError, DvcException):
            return None
        return sha256.hexdigest(), md5.hexdigest()


def _number(value: Any) -> float:
    return float("nan") if value in (None, "") else float(value)


@contextmanager
def _whole(path: Path) -> Iterator[None]:
    """Says in one line what is wrong with the file that is read in the block."""
    try:
        yield
    except FileNotFoundError:
        raise UserError(f"Expected the file {path}, received none; run `make bench` first.") from None
    except (OSError, ValueError, TypeError, AttributeError, KeyError, csv.Error) as error:
        received = f"{type(error).__name__}: {error}"
        raise UserError(f"Expected what the pipeline wrote in {path}, received {received}; run `dvc repro`.") from None
