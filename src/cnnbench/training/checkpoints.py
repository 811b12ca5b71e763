"""The checkpoint of a training: from it a killed training goes on, and ends in the bytes of an undisturbed one.

It lies outside the folders that DVC tracks, since DVC empties those when a stage starts, and in the user's repository,
even where an experiment works in a throw-away copy. Its name is a hash of all that determines the result, so another
recipe, data set, code or library starts anew. Two trainings of one thing share it: each writes what the other would.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnbench import networks
from cnnbench.backend import runtime
from cnnbench.config import Run
from cnnbench.core import files, paths
from cnnbench.data.records import schema
from cnnbench.features import feature_files
from cnnbench.weights import weight_files

SHARE = 0.03  # of the time spent on training, which writing may take at most
KEPT = 4  # checkpoints of other recipes, seeds or data, which experiments that were killed may need


Row = dict[str, Any]
"""An epoch's figures by name; `epoch` and `phase` among them."""


class State(NamedTuple):
    """A training between two epochs.

    Attributes:
        history: The rows so far.
        stopped: Whether early stopping has ended it.
        counters: What each callback has counted and the best value it has seen.
        arrays: Of network, optimiser and random generators, then of the best epoch.
    """

    history: list[Row]
    stopped: bool
    counters: list[dict[str, Any]]
    arrays: list[NDArray[Any]]


class Checkpoint:
    """A file that holds the latest state of one training, or is absent."""

    def __init__(self, path: Path) -> None:
        """Removes what no training needs any more from the folder of `path`, which holds those of one run alone."""
        self._path = path
        self._written = time.monotonic()
        self._seconds = 0.0
        self._sweep()

    def read(self) -> State | None:
        """The state to go on from; None where there is none, or where the file is damaged, which prints a line."""
        try:
            # opened here, since np.load would leave a damaged file open
            with self._path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
                told = json.loads(str(stored["state"]))
                # zipfile checks the CRC of each entry that is read; a damaged list of entries may lack some
                return State(**told | {"arrays": [stored[f"arr_{index}"] for index in range(told["arrays"])]})
        except FileNotFoundError:
            return None
        # damage shows in zip, NumPy, JSON or zlib, each with errors of its own
        except Exception as error:
            print(f"starts over: {self._path} is damaged ({error})")
            return None

    def write(self, capture: Callable[[], State]) -> None:
        """Writes a state, unless the last writing took more than 3 % of the time since then."""
        begun = time.monotonic()
        if self._seconds > SHARE * (begun - self._written):
            return
        state = capture()
        told = json.dumps(state._asdict() | {"arrays": len(state.arrays)})
        try:
            with files.aside(self._path) as part:
                np.savez(part, *state.arrays, state=np.array(told))
        # another training of this run began or ended just now, and swept the unfinished file away
        except FileNotFoundError:
            pass
        # hours of training are not given up for a full disk
        except OSError as error:
            print(f"goes on without a new checkpoint: {error}")
        self._written = time.monotonic()
        self._seconds = self._written - begun

    def remove(self) -> None:
        """Removes the file, once the training's result is safe."""
        _discard(self._path)
        self._sweep()
        # others are left in it, or it was never made
        with suppress(OSError):
            self._path.parent.rmdir()

    def _sweep(self) -> None:
        """Removes unfinished files, what other code has written, and all but the newest that this code has."""
        code = self._path.stem.split("-")[0]
        found = [path for path in self._path.parent.glob("*.npz") if path != self._path]
        useful = [path for path in found if path.stem.split("-")[0] == code]
        newest = sorted(useful, key=_modified)[-KEPT:]
        for path in set(found) - set(newest):
            _discard(path)


def find(
    name: str,
    run: Run,
    folder: Path,
    folds: Mapping[str, list[int]],
    settings: Mapping[str, str | int],
    start: Path | None = None,
) -> Checkpoint:
    """The checkpoint of a training.

    Args:
        name: Of the run.
        run: Network, recipe, seed.
        folder: Of the records.
        folds: Fold numbers of "train" and "val".
        settings: Of the process, from `runtime.configure`: device, threads, processor, ...
        start: Folder of the weights that the run starts from, perhaps with features.

    Raises:
        UserError: There is no such network.
    """
    data = files.sha256(folder / schema.FILE)
    starts = [start / file for file in (weight_files.WEIGHTS, feature_files.FILE)] if start else []
    given = [files.sha256(path) for path in starts if path.is_file()]
    chosen = [run.architecture, run.recipe.model_dump(), run.seed, data, given, dict(folds), dict(settings)]
    key = f"{_hash(_code(run.architecture), *_libraries())}-{_hash(json.dumps(chosen))}"
    return Checkpoint(paths.repository() / ".cnnbench" / "checkpoints" / name / f"{key}.npz")


def _code(architecture: str) -> bytes:
    """The source files that train."""
    package, network = Path(networks.__file__).parents[1], importlib.util.find_spec(networks.find(architecture))
    sources = [package / "networks" / f"{module}.py" for module in ("__init__", "_image")]
    sources += [Path(network.origin or "")] if network else []  # in a project of a user's own it may lie there
    sources.append(package / "weights" / "weight_files.py")
    for room in ("backend", "data/records", "features", "training"):
        sources += sorted((package / room).rglob("*.py"))
    return b"".join(path.read_bytes() for path in sources)


def _libraries() -> list[str]:
    """Each may change the last bits."""
    return [runtime.installed_version(package) for package in ("keras", runtime.engine().PACKAGE, "numpy")]


def _hash(*parts: str | bytes) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part.encode() if isinstance(part, str) else part)
        digest.update(b"\0")
    return digest.hexdigest()[:16]


def _discard(path: Path) -> None:
    # another training has just removed it, or it is another user's: no reason to fail
    with suppress(OSError):
        path.unlink()


def _modified(path: Path) -> float:
    try:
        return path.stat().st_mtime
    # another training has just removed it
    except FileNotFoundError:
        return 0.0
