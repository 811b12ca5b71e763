"""mixup and CutMix: training examples, mixed with others of their batch, and their labels with them.

The random numbers follow from seed and step alone, so that a resumed training meets the same ones. Keras' layers of
these names draw from a state, which a stream of tf.data does not give back.
"""

from __future__ import annotations

from typing import Any

from cnnbench.config import Recipe


def mix(recipe: Recipe, inputs: Any, labels: Any, seed: int, step: Any) -> tuple[Any, Any]:
    """Mixes a batch; with both `mixup` and `cutmix`, a fair coin decides which.

    Args:
        recipe: With the parameter of either.
        inputs: Shape (n, ...), in the records' type, which is kept.
        labels: One-hot rows, shape (n, classes).
        seed: Of the run.
        step: The number of the batch, from the start of the training.

    Returns:
        Inputs and soft labels.
    """
    import tensorflow as tf

    shares, partners, places, coin = tf.unstack(tf.random.split([seed, step], 4))
    others = tf.random.experimental.stateless_shuffle(tf.range(tf.shape(inputs)[0]), partners)
    first, second = tf.cast(inputs, tf.float32), tf.cast(tf.gather(inputs, others), tf.float32)

    def by_mixup() -> tuple[Any, Any]:
        share = _beta(tf.shape(inputs)[:1], recipe.mixup, shares)
        return tf.reshape(share, [-1] + [1] * (len(inputs.shape) - 1)) * tf.ones_like(first), share

    def by_cutmix() -> tuple[Any, Any]:
        area = 1 - _beta(tf.shape(inputs)[:1], recipe.cutmix, shares)
        kept = 1 - _patches(area, inputs.shape[1], inputs.shape[2], places)
        return kept[..., tf.newaxis] * tf.ones_like(first), tf.reduce_mean(kept, [1, 2])

    if recipe.mixup and recipe.cutmix:
        mask, share = tf.cond(tf.random.stateless_uniform((), coin) < 0.5, by_mixup, by_cutmix)
    else:
        mask, share = by_mixup() if recipe.mixup else by_cutmix()
    mixed = mask * first + (1 - mask) * second
    share = share[:, tf.newaxis]
    # whole grey levels, as the network takes them
    return (
        tf.cast(tf.round(mixed), inputs.dtype) if inputs.dtype.is_integer else tf.cast(mixed, inputs.dtype),
        share * labels + (1 - share) * tf.gather(labels, others),
    )


def _beta(shape: Any, alpha: float, seed: Any) -> Any:
    """Draws from the beta distribution with both parameters `alpha`."""
    import tensorflow as tf

    drawn = tf.random.stateless_gamma(tf.concat([[2], shape], 0), seed, alpha, dtype=tf.float64)
    # both can be 0 where alpha is tiny
    total = drawn[0] + drawn[1]
    return tf.cast(tf.where(total > 0, drawn[0] / total, 1.0), tf.float32)


def _patches(area: Any, height: int, width: int, seed: Any) -> Any:
    """Rectangles as 1 in a plane of 0, shape (n, height, width), with a share of the area where they lie within it."""
    import tensorflow as tf

    side = tf.sqrt(area)[:, tf.newaxis]
    centre = tf.random.stateless_uniform([2, tf.shape(area)[0], 1], seed)

    def inside(pixels: int, middle: Any) -> Any:
        places = (tf.range(pixels, dtype=tf.float32) + 0.5)[tf.newaxis] / pixels
        return tf.cast(tf.abs(places - middle) < side / 2, tf.float32)

    rows, columns = inside(height, centre[0]), inside(width, centre[1])
    return rows[:, :, tf.newaxis] * columns[:, tf.newaxis, :]
