"""Grad-CAM: the evidence for a class, by place in the image."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnbench.evaluation.explain.layer_hooks import find_convolutions, flatten_layers, listen, replace_attribute

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
    import tensorflow as tf

    maps: list[Any] = []
    # The tape watches the maps alone, so it holds nothing before them
    with tf.GradientTape(watch_accessed_variables=False) as tape:

        def watch(output: Any) -> None:
            tape.watch(output)
            maps.append(output)

        with listen(layer, watch), _without_activation(flatten_layers(model)[-1]):
            scores = _select_scores(tf.cast(model(inputs, training=False), tf.float32), outputs)
    # "zero", since a score that does not depend on the maps has the gradient None
    gradients = tape.gradient(scores, maps[-1], unconnected_gradients="zero")
    weights = tf.reduce_mean(gradients, axis=(1, 2), keepdims=True)
    heat = tf.nn.relu(tf.reduce_sum(tf.cast(weights * maps[-1], tf.float32), axis=-1, keepdims=True))
    scaled: NDArray[np.float32] = tf.image.resize(heat, inputs.shape[1:3])[..., 0].numpy()
    most = scaled.max(axis=(1, 2), keepdims=True)
    shares = np.zeros_like(scaled)
    np.divide(scaled, most, out=shares, where=np.isfinite(most) & (most > 0))
    return shares


def _select_scores(scores: Any, outputs: NDArray[np.int64]) -> Any:
    """The score of the class to explain, shape (n,), from scores of shape (n, units)."""
    import tensorflow as tf

    units = scores.shape[-1]
    if outputs.min() < 0 or outputs.max() >= max(units, 2):
        raise ValueError(f"Expected outputs within 0..{max(units, 2) - 1}, received {outputs.min()}..{outputs.max()}.")
    if units == 1:
        return tf.where(outputs == 1, scores[:, 0], -scores[:, 0])
    return tf.gather(scores, outputs, axis=1, batch_dims=1)


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
