"""Grad-CAM: where in an image a network found what speaks for a class."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnbench.evaluation.explain.inside import convolutions, heard, leaves, replaced

_BATCH = 32  # images whose maps are held at once


def grad_cam(model: Any, inputs: NDArray[np.uint8], outputs: NDArray[np.integer]) -> NDArray[np.float32]:
    """How much each place of an image speaks for a class.

    R. R. Selvaraju et al., "Grad-CAM: visual explanations from deep networks via gradient-based localization", ICCV
    2017: the maps of the last convolution, each weighted by the mean gradient of the class's score, before softmax or
    sigmoid, with respect to it; what is negative counts as 0. The sum is scaled up to the image, bilinearly, and
    divided by its maximum.

    Args:
        model: A Keras network with a convolution over images; left as it was.
        inputs: Images, uint8, shape (n, height, width, channels).
        outputs: The class that is asked about in each, shape (n,). Where the network has a single output, 1 means its
            score and 0 the score's negative.

    Returns:
        Within 0..1, shape (n, height, width); all 0 where nothing speaks for the class, or the network has diverged.

    Raises:
        UserError: The network has no convolution over images.
        ValueError: There is not one class per image, or the network has no such output.
    """
    if len(outputs) != len(inputs):
        raise ValueError(f"Expected an output for each of {len(inputs)} images, received {len(outputs)}.")
    layer = convolutions(model)[-1]
    heats = np.zeros(inputs.shape[:3], np.float32)
    for start in range(0, len(inputs), _BATCH):
        some = slice(start, start + _BATCH)
        heats[some] = _heats(model, layer, inputs[some], np.asarray(outputs[some], np.int64))
    return heats


def _heats(model: Any, layer: Any, inputs: NDArray[np.uint8], outputs: NDArray[np.int64]) -> NDArray[np.float32]:
    import tensorflow as tf

    maps: list[Any] = []
    # Watching the maps alone, the tape holds nothing of what comes before them
    with tf.GradientTape(watch_accessed_variables=False) as tape:

        def watch(output: Any) -> None:
            tape.watch(output)
            maps.append(output)

        with heard(layer, watch), _before_activation(leaves(model)[-1]):
            scores = _asked(tf.cast(model(inputs, training=False), tf.float32), outputs)
    gradients = tape.gradient(scores, maps[-1], unconnected_gradients="zero")
    weights = tf.reduce_mean(gradients, axis=(1, 2), keepdims=True)
    heat = tf.nn.relu(tf.reduce_sum(tf.cast(weights * maps[-1], tf.float32), axis=-1, keepdims=True))
    scaled: NDArray[np.float32] = tf.image.resize(heat, inputs.shape[1:3])[..., 0].numpy()
    most = scaled.max(axis=(1, 2), keepdims=True)
    shares = np.zeros_like(scaled)
    np.divide(scaled, most, out=shares, where=np.isfinite(most) & (most > 0))
    return shares


def _asked(scores: Any, outputs: NDArray[np.int64]) -> Any:
    """The score of the class that is asked about, shape (n,), of scores of shape (n, units)."""
    import tensorflow as tf

    units = scores.shape[-1]
    if outputs.min() < 0 or outputs.max() >= max(units, 2):
        raise ValueError(f"Expected outputs within 0..{max(units, 2) - 1}, received {outputs.min()}..{outputs.max()}.")
    if units == 1:
        return tf.where(outputs == 1, scores[:, 0], -scores[:, 0])
    return tf.gather(scores, outputs, axis=1, batch_dims=1)


@contextmanager
def _before_activation(layer: Any) -> Iterator[None]:
    """Lets the last layer put out what its softmax or sigmoid takes: there a sure answer has a gradient too."""
    import keras

    if isinstance(layer, keras.layers.Softmax):
        with replaced(layer, "call", lambda inputs, **_: inputs):
            yield
    elif getattr(layer, "activation", None) in (keras.activations.softmax, keras.activations.sigmoid):
        with replaced(layer, "activation", keras.activations.linear):
            yield
    else:
        yield
