"""Keras' files of weights, read without Keras: `.h5` of Keras 2, `.weights.h5` and `.keras` of Keras 3."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from functools import partial
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from cnnbench.weights.entry import Entry, MalformedError

HDF5 = b"\x89HDF\r\n\x1a\n"
"""How an HDF5 file begins."""
INNER = "model.weights.h5"
"""The weights in a `.keras` file."""


@dataclass(frozen=True)
class Layers:
    """The layers of a file.

    Attributes:
        entries: The arrays of each, by its name, in the order of Keras.
        ordered: Whether the layers are in the network's order, too.
    """

    entries: dict[str, list[Entry]]
    ordered: bool


def read(content: bytes) -> Layers:
    """Lists the layers of a file; its arrays are read later.

    Raises:
        MalformedError: It is damaged, or has no layers in it.
    """
    try:
        if content.startswith(HDF5):
            return _read(content)
        # it compares what it reads with its checksum
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            inner = archive.getinfo(INNER)
            if inner.compress_type != zipfile.ZIP_STORED:
                raise MalformedError("compressed weights")  # which could unpack to any size; Keras stores them
            return _read(archive.read(inner))
    except MalformedError:
        raise
    # h5py has many errors for damaged files, and no class for them
    except Exception as error:
        raise MalformedError(f"a damaged file: {error}") from None


def _read(content: bytes) -> Layers:
    file = h5py.File(io.BytesIO(content), "r")
    root = file.get("model_weights", file)  # of a whole model
    if "layer_names" in root.attrs:
        return Layers(_read_keras2(root), ordered=True)
    if "layers" in file:
        return Layers(_read_keras3(file["layers"]), ordered=False)
    raise MalformedError("a file of other data")


def _read_keras2(root: Any) -> dict[str, list[Entry]]:
    found: dict[str, list[Entry]] = {}
    for layer in _texts(root.attrs["layer_names"]):
        group = root[layer]
        found[layer] = [_entry(group, name) for name in _texts(group.attrs["weight_names"])]
    return found


def _read_keras3(layers: Any) -> dict[str, list[Entry]]:
    """Folders are called by class and number; the name of the layer is an attribute. Models in models are flattened."""
    found: dict[str, list[Entry]] = {}

    def visit(path: str, group: Any) -> None:
        if path.rpartition("/")[2] != "vars" or not isinstance(group, h5py.Group):
            return
        if "name" not in group.attrs:
            raise MalformedError("layers without names, as an older Keras 3 saves them; load and save it anew")
        (name,) = _texts([group.attrs["name"]])
        if name in found and len(group):
            raise MalformedError(f"two layers named {name}")
        found[name] = [_entry(group, str(index)) for index in range(len(group))]

    layers.visititems(visit)
    return found


def _texts(names: Any) -> list[str]:
    return [name.decode() if isinstance(name, bytes) else str(name) for name in names]


def _entry(group: Any, name: str) -> Entry:
    dataset = group[name]
    if not isinstance(dataset, h5py.Dataset) or dataset.external or dataset.is_virtual:
        raise MalformedError("arrays in other files")
    return Entry(tuple(dataset.shape), partial(_load, dataset))


def _load(dataset: Any) -> NDArray[Any]:
    return np.asarray(dataset[()])
