"""The stored form of weights: `weights.npz`, the same bytes for the same values, and `source.json`."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pydantic

from cnnbench.core import files
from cnnbench.core.errors import UserError

if TYPE_CHECKING:
    from numpy.typing import NDArray

WEIGHTS, ORIGIN = "weights.npz", "source.json"
_DATE = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip file can state
_UNIX = 3  # what zipfile states on Unix; on Windows it would state another


class Origin(pydantic.BaseModel):
    """Where weights come from: `source.json`.

    Attributes:
        name: In params.yaml.
        architecture: A file under `networks/`.
        source: package, keras or file.
        origin: The package or the file, as a reader would look for it.
        trained_on: The data they were trained on, such as ImageNet-1k.
        licence: Its name and what else a user has to know.
        citation: Of the paper or the data.
        sha256: Of the file that they came in.
        parameters: Values in them, without the head.
    """

    model_config = pydantic.ConfigDict(frozen=True, extra="forbid")

    name: str
    architecture: str
    source: str
    origin: str
    trained_on: str
    licence: str
    citation: str
    sha256: str
    parameters: int


@dataclass(frozen=True)
class Stored:
    """Weights as stored.

    Attributes:
        arrays: float32, in Keras' layouts, by layer and index as "stem_conv/0"; those of the head are left out.
        origin: Where they come from.
    """

    arrays: dict[str, NDArray[Any]]
    origin: Origin


def write(folder: Path, arrays: Mapping[str, NDArray[Any]], origin: Origin) -> None:
    """Writes weights and their origin; the same values are the same bytes on every machine."""
    import numpy as np

    # not numpy.savez, which stamps the time
    with files.aside(folder / WEIGHTS) as part, zipfile.ZipFile(part, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(arrays):
            member = zipfile.ZipInfo(f"{name}.npy", _DATE)
            member.create_system = _UNIX
            with archive.open(member, "w", force_zip64=True) as file:
                # little-endian and in C order, whatever the machine and the array's history
                np.lib.format.write_array(file, np.ascontiguousarray(arrays[name], "<f4"), allow_pickle=False)
    files.write_json(folder / ORIGIN, origin.model_dump())


def read(folder: Path) -> Stored:
    """Reads weights and their origin.

    Raises:
        UserError: The folder is damaged.
    """
    import numpy as np

    try:
        # opened here, since NumPy would leave a damaged one open
        with (folder / WEIGHTS).open("rb") as file, np.load(file, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        # pydantic's own error is a ValueError
        return Stored(arrays, Origin.model_validate(files.read_json(folder / ORIGIN)))
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise UserError(
            f"Expected {folder} whole, as its stage leaves it, received {' '.join(str(error).split())}: "
            f"remove it and run `dvc repro`."
        ) from None
