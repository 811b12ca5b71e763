"""`model.keras`, rewritten so that the same weights are the same bytes, and `history.csv`.

Keras stamps the date of saving, the zip entries' times, and, as `shared_object_id`, addresses in memory.
"""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnnbench.core import files

if TYPE_CHECKING:
    import keras

_LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the earliest date of the zip format


def save(model: keras.Model, path: Path) -> None:
    """Saves a model for `keras.saving.load_model`, in bytes that depend on its layers and weights alone."""
    # beside the model, on the disk that must have room for it anyway
    with files.scratch(path.parent) as folder, files.aside(path) as part:
        stamped = folder / "stamped.keras"
        model.save(stamped)
        _rewrite(stamped, part)


def save_history(history: list[dict[str, Any]], path: Path) -> None:
    """Saves a row per epoch."""
    import pandas as pd

    # pandas would write the line ends of the machine
    files.write_text(path, pd.DataFrame(history).to_csv(index=False, lineterminator="\n"))


def _rewrite(stamped: Path, canonical: Path) -> None:
    with zipfile.ZipFile(stamped) as source, zipfile.ZipFile(canonical, "w") as target:
        for name in sorted(source.namelist()):
            entry = zipfile.ZipInfo(name, _LONG_AGO)
            # the size of a streamed entry is not known when it begins, and weights can pass the 2 GiB of plain zip
            with source.open(name) as read, target.open(entry, "w", force_zip64=True) as written:
                if name == "metadata.json":
                    written.write(json.dumps(json.load(read) | {"date_saved": "1980-01-01@00:00:00"}).encode())
                elif name == "config.json":
                    written.write(json.dumps(_renumbered(json.load(read), {})).encode())
                else:
                    shutil.copyfileobj(read, written, 2**20)


def _renumbered(value: Any, seen: dict[int, int]) -> Any:
    """A config in which shared objects are numbered by first appearance."""
    if isinstance(value, dict):
        return {
            key: seen.setdefault(item, len(seen)) if key == "shared_object_id" else _renumbered(item, seen)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [_renumbered(item, seen) for item in value]
    return value
