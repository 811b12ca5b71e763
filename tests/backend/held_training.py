"""Trains with examples that the device holds, and with examples that are streamed: python held_training.py jax.

Prints JSON: of each kind of input, and with class weights, whether losses and weights are the same. test_held.py
runs it, and imports it.
"""

import json
import sys

import numpy as np

from cnnbench.backend import feeding, runtime
from cnnbench.data.records.batching import Batches

KINDS = {"images": ((9, 9, 3), np.uint8), "rows": ((13, 1), np.float32)}
PIECE = 1000  # bytes, so that a part is copied in several pieces, the last of which is smaller
EPOCHS, SIZE = 3, 16


def parts(kind):
    """A part to train on, whose last batch is smaller, and one to watch."""
    shape, dtype = KINDS[kind]
    inputs = np.random.default_rng(1).integers(0, 256, (71, *shape)).astype(dtype)
    labels = np.arange(71) % 3
    train = Batches(inputs[:50], labels[:50], size=SIZE, seed=7)
    return train, Batches(inputs[50:], labels[50:], size=SIZE)


def train(kind, *, held, epochs=EPOCHS, steps=1, **more):
    """The model, and the losses of the epochs."""
    import keras

    keras.utils.set_random_seed(0)
    shape, dtype = KINDS[kind]
    layers = [keras.layers.Rescaling(1 / 255), keras.layers.Flatten(), keras.layers.Dropout(0.3)]
    model = keras.Sequential([keras.Input(shape, dtype=np.dtype(dtype).name), *layers, keras.layers.Dense(3)])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    compiles = runtime.engine().COMPILES
    model.compile("adam", loss, metrics=["accuracy"], jit_compile=compiles, steps_per_execution=steps)
    given = parts(kind)
    fed = runtime.engine().feed_held(model, *given, piece=PIECE) if held else tuple(map(feeding.feed, given))
    done = model.fit(
        fed[0],
        validation_data=fed[1],
        steps_per_epoch=given[0].steps,
        epochs=epochs,
        callbacks=runtime.engine().callbacks(0),
        verbose=0,
        shuffle=False,
        **more,
    )
    return model, done.history


def compare(kind, **more):
    """Whether both ways learn the same."""
    (held, figures), (streamed, others) = (train(kind, held=held, **more) for held in (True, False))
    same = all(map(np.array_equal, held.get_weights(), streamed.get_weights()))
    return {"weights": same, "figures": figures == others, "named": sorted(figures)}


if __name__ == "__main__":
    runtime.configure("cpu", 1, seed=0, backend=sys.argv[1])
    weights = {"class_weight": {0: 0.5, 1: 1.0, 2: 2.0}}
    print(json.dumps({kind: [compare(kind), compare(kind, **weights)] for kind in KINDS}))
