"""Grad-CAM: the evidence for a class, by place in the image."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnbench.backend import runtime
from cnnbench.evaluation.explain.layer_hooks import (
    change,
    find_convolutions,
    flatten_layers,
    listen,
    replace_attribute,
)

_BATCH = 32  # images whose maps are held at once


def grad_cam(model: Any, inputs: NDArray[np.uint8], outputs: NDArray[np.integer]) -> NDArray[np.float32]:
    """The evidence for a class at each place of an image.

    R. R. Selvaraju et al., "Grad-CAM: visual explanations from deep networks via gradient-based localization", ICCV
    2017: the maps of the last convolution, each weighted by the mean gradient of the class's score, before softmax or
    sigmoid, with respect to it; negative sums count as 0. The sum is scaled up to the image, bilinearly, and divided by
    its maximum.

    Args:
        model: A Keras network with a convolution over images; it is left unchanged.
        inputs: Images, uint8, shape (n, height, width, channels).
        outputs: The class to explain in each, shape (n,). For a single output, 1 is its score and 0 the score's
            negative.

    Returns:
        Within 0..1, shape (n, height, width); all 0 without evidence, or for a diverged network.

    Raises:
        UserError: The network has no convolution over images.
        ValueError: There is not one class per image, or the network has no such output.
    """
    if len(outputs) != len(inputs):
        raise ValueError(f"Expected an output for each of {len(inputs)} images, received {len(outputs)}.")
    layer = find_convolutions(model)[-1]
    heats = np.zeros(inputs.shape[:3], np.float32)
    for start in range(0, len(inputs), _BATCH):
        some = slice(start, start + _BATCH)
        heats[some] = _heats(model, layer, inputs[some], np.asarray(outputs[some], np.int64))
    return heats


def _heats(model: Any, layer: Any, inputs: NDArray[np.uint8], outputs: NDArray[np.int64]) -> NDArray[np.float32]:
    from keras import ops

    def explain(shift: Any) -> tuple[Any, Any]:
        """The sum of the scores to explain, and the maps; a shift of 0 has the gradient of the maps."""
        maps: list[Any] = []

        def add(output: Any) -> Any:
            maps.append(output + ops.cast(shift, output.dtype))
            return maps[-1]

        with change(layer, add), _without_activation(flatten_layers(model)[-1]):
            scores = _select_scores(ops.cast(model(inputs, training=False), "float32"), outputs)
        return ops.sum(scores), ops.cast(maps[-1], "float32")

    gradients, maps = runtime.engine().gradient(explain, np.zeros(_shape(model, layer, inputs), np.float32))
    weights = gradients.mean(axis=(1, 2), keepdims=True)
    heat = np.maximum((weights * maps).sum(axis=-1, keepdims=True), 0)
    enlarged = ops.image.resize(heat, inputs.shape[1:3], interpolation="bilinear", data_format="channels_last")
    scaled: NDArray[np.float32] = ops.convert_to_numpy(enlarged)[..., 0]
    most = scaled.max(axis=(1, 2), keepdims=True)
    shares = np.zeros_like(scaled)
    np.divide(scaled, most, out=shares, where=np.isfinite(most) & (most > 0))
    return shares


def _shape(model: Any, layer: Any, inputs: NDArray[np.uint8]) -> tuple[int, ...]:
    """That of a layer's maps."""
    shapes: list[tuple[int, ...]] = []
    with listen(layer, lambda output: shapes.append(tuple(output.shape))):
        model(inputs[:1], training=False)
    return (len(inputs), *shapes[-1][1:])


def _select_scores(scores: Any, outputs: NDArray[np.int64]) -> Any:
    """The score of the class to explain, shape (n,), from scores of shape (n, units)."""
    from keras import ops

    units = scores.shape[-1]
    if outputs.min() < 0 or outputs.max() >= max(units, 2):
        raise ValueError(f"Expected outputs within 0..{max(units, 2) - 1}, received {outputs.min()}..{outputs.max()}.")
    if units == 1:
        return scores[:, 0] * ops.convert_to_tensor(np.where(outputs == 1, 1, -1).astype(np.float32))
    return ops.sum(scores * ops.one_hot(outputs, units, dtype=scores.dtype), axis=1)


@contextmanager
def _without_activation(layer: Any) -> Iterator[None]:
    """Switches off the last layer's softmax or sigmoid, whose gradient vanishes near 0 and 1."""
    import keras

    if isinstance(layer, keras.layers.Softmax):
        with replace_attribute(layer, "call", lambda inputs, **_: inputs):
            yield
    elif getattr(layer, "activation", None) in (keras.activations.softmax, keras.activations.sigmoid):
        with replace_attribute(layer, "activation", keras.activations.linear):
            yield
    else:
        yield
