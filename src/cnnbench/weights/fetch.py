"""The weights step: a file of weights, found, checked, read, and stored in the one form."""

from __future__ import annotations

import hashlib
import zipfile
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnnbench.config.weights import Weights
from cnnbench.core.errors import UserError
from cnnbench.weights import sources, weight_files
from cnnbench.weights.entry import MalformedError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cnnbench.weights.layouts import Shapes

LARGEST = 2**31
"""Bytes of a file of weights: it is read into memory."""


def fetch(name: str, weights: Weights, shapes: Shapes, folder: Path) -> weight_files.Origin:
    """Fetches weights into a folder.

    Args:
        name: In params.yaml.
        weights: Its entry there.
        shapes: Of the network's weights below the head: `networks._shapes`.
        folder: To fill.

    Raises:
        UserError: The file cannot be had, is damaged, or holds other things. Nothing is left in the folder.
    """
    found = sources.find(name, weights)
    content = _read(found)
    sources.check_hashes(found, content)
    try:
        arrays = _convert(content, weights.architecture, shapes)
    except MalformedError as error:
        raise UserError(
            f"Expected {found.path} with the weights of {weights.architecture}, received {error}: {found.remedy}."
        ) from None
    origin = weight_files.Origin(
        name=name,
        architecture=weights.architecture,
        source=weights.source.name,
        origin=found.origin,
        trained_on=found.trained_on,
        licence=found.licence,
        citation=found.citation,
        sha256=hashlib.sha256(content).hexdigest(),
        parameters=sum(array.size for array in arrays.values()),
    )
    weight_files.write(folder, arrays, origin)
    return origin


def _read(found: sources.Found) -> bytes:
    path = found.path
    if not path.is_file():
        kind = "a folder" if path.is_dir() else "a link that leads nowhere" if path.is_symlink() else "no file"
        raise UserError(f"Expected a file of weights at {path}, received {kind}: {found.remedy}.")
    if (size := path.stat().st_size) > LARGEST:
        raise UserError(
            f"Expected a file of weights of at most {LARGEST / 2**30:.0f} GiB at {path}, received "
            f"{size / 2**30:,.1f} GiB: {found.remedy}."
        )
    return path.read_bytes()


def _convert(content: bytes, architecture: str, shapes: Shapes) -> dict[str, NDArray[Any]]:
    """Knows the kind of a file by its content, whatever its name."""
    from cnnbench.weights import keras_files, layouts, pytorch

    if content.startswith(pytorch.LEGACY):
        return layouts.from_pytorch(pytorch.read(content), architecture, shapes)
    if content.startswith(keras_files.HDF5):
        return layouts.from_keras(keras_files.read(content), architecture, shapes)
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            members = archive.namelist()
    # it has an error for most damages, and Python's own for the rest
    except Exception:
        raise MalformedError("a file that is not whole, or of another kind than Keras' and PyTorch's") from None
    if keras_files.INNER in members:
        return layouts.from_keras(keras_files.read(content), architecture, shapes)
    if any(member.endswith("/data.pkl") for member in members):
        return layouts.from_pytorch(pytorch.read(content), architecture, shapes)
    raise MalformedError("a zip file of other data")
