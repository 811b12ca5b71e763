"""From the arrays of a file to those of a network here: names, layouts, and what its scaling of the inputs asks for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnbench.weights.entry import Entry, MalformedError
from cnnbench.weights.keras_files import Layers

Shapes = Mapping[str, tuple[int, ...]]
"""Of a network's weights below the head, in its layers' order, by layer and index as "stem_conv/0"."""

FROM_CAFFE = {"vgg16": "block1_conv1/0", "resnet50": "conv1_conv/0"}
"""The first kernels of networks whose weights want blue first, where the networks here have red first."""

_NORMALISATION = ("weight", "bias", "running_mean", "running_var")
_TIMES = {"expand": "_bn0", "depthwise": "_bn1", "project": "_bn2"}


def from_pytorch(tensors: Mapping[str, Entry], architecture: str, shapes: Shapes) -> dict[str, NDArray[Any]]:
    """Arrays of EfficientNet-Lite0 from the names and layouts of its port to PyTorch.

    Raises:
        MalformedError: The tensors are those of another network.
    """
    if architecture != "efficientnet_lite0":
        raise MalformedError("tensors of PyTorch, whose names are known of efficientnet_lite0 alone")
    names = {key: _pytorch_name(*key.split("/")) for key in shapes}
    rest = [
        name
        for name in tensors.keys() - set(names.values())
        if not name.startswith("_fc.") and not name.endswith(".num_batches_tracked")
    ]
    if rest:
        raise MalformedError(f"{min(rest)}, which {architecture} has not")
    arrays = {}
    for key, shape in shapes.items():
        # its order of a kernel: outputs, inputs, height, width; a depthwise one has its maps for outputs
        axes = {4: (2, 3, 0, 1) if "_depthwise_conv" in key else (2, 3, 1, 0)}.get(len(shape), (0,))
        stored = tuple(shape[axes.index(axis)] for axis in range(len(shape)))
        arrays[key] = _load(names[key], tensors.get(names[key]), stored).transpose(axes)
    return arrays


def from_keras(layers: Layers, architecture: str, shapes: Shapes) -> dict[str, NDArray[Any]]:
    """Arrays of a network from a file of Keras' own, or of a model that was trained here.

    Raises:
        MalformedError: The layers are those of another network.
    """
    named = {f"{layer}/{index}": entry for layer, held in layers.entries.items() for index, entry in enumerate(held)}
    own = {"image", "scale"} <= layers.entries.keys()  # as `networks/_image.py` names them
    if own and architecture == "vgg16" and "scale_as_caffe" not in layers.entries:
        raise MalformedError("a vgg16 that was trained on pixels within 0..1, not on those of ImageNet's scaling")
    if layers.ordered and not shapes.keys() <= named.keys():
        named = _name_by_order(layers, shapes) or named
    _refuse_others(named, architecture, shapes)
    arrays = {key: _load(key, named.get(key), shape) for key, shape in shapes.items()}
    first = FROM_CAFFE.get(architecture)
    if first and not own:
        arrays[first] = arrays[first][:, :, ::-1]
    return arrays


def _pytorch_name(layer: str, index: str) -> str:
    kind = _NORMALISATION[int(index)]
    if layer in ("stem_conv", "top_conv"):
        return {"stem_conv": "_conv_stem.weight", "top_conv": "_conv_head.weight"}[layer]
    if layer in ("stem_bn", "top_bn"):
        return f"{ {'stem_bn': '_bn0', 'top_bn': '_bn1'}[layer] }.{kind}"
    number, part, what = re.fullmatch(r"block(\d+)_(\w+)_(conv|bn)", layer).groups()  # type: ignore[union-attr]
    return f"_blocks.{int(number) - 1}.{f'_{part}_conv' if what == 'conv' else _TIMES[part]}.{kind}"


def _name_by_order(layers: Layers, shapes: Shapes) -> dict[str, Entry] | None:
    """The arrays in order by the network's names, as Keras itself takes a file of its own; None where shapes differ."""
    held = [entry for name, entries in layers.entries.items() if "normalization" not in name for entry in entries]
    if [entry.shape for entry in held[: len(shapes)]] != [*shapes.values()]:
        return None
    rest = {f"after/{index}": entry for index, entry in enumerate(held[len(shapes) :])}
    return dict(zip(shapes, held, strict=False)) | rest


def _refuse_others(named: Mapping[str, Entry], architecture: str, shapes: Shapes) -> None:
    """A larger network can have all layers of a smaller one. Heads, which are left out, have dense layers alone."""
    for key in named.keys() - shapes.keys():
        if len(named[key].shape) > 2 or (key.endswith("/3") and len(named[key].shape) == 1):
            raise MalformedError(f"{key.rpartition('/')[0]}, which {architecture} has not")


def _load(name: str, entry: Entry | None, shape: tuple[int, ...]) -> NDArray[Any]:
    if entry is None:
        raise MalformedError(f"no {name}")
    if entry.shape != shape:
        raise MalformedError(f"{name} of shape {entry.shape}, not {shape}")
    try:
        array = entry.read()
    # of h5py or zipfile, which have many for a damaged file
    except Exception as error:
        raise MalformedError(f"{name} damaged: {error}") from None
    if array.shape != shape or array.dtype.kind != "f" or not np.isfinite(array).all():
        raise MalformedError(f"{name} with other than finite floats")
    return array.astype("float32")
