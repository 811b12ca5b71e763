"""A network of two blocks with batch normalisation and dropout, and weights to start it from.

It lies beside the tests: `add_to` puts this folder where networks are found.
"""

from pathlib import Path

import keras
import numpy as np

from cnnbench.networks._image import image_input
from cnnbench.weights.weight_files import Origin, write

NAME = Path(__file__).stem
BLOCKS = {"first": "first_pool", "second": "second_pool"}
ORIGIN = Origin(
    name="tiny",
    architecture=NAME,
    source="file",
    origin="made up",
    trained_on="noise",
    licence="none",
    citation="none",
    sha256="0" * 64,
    parameters=0,
)


def build(input_shape, outputs, activation, *, l2=0.0, pretrained=False):
    inputs, x = image_input(input_shape, channels=None)
    for block, filters in (("first", 4), ("second", 8)):
        x = keras.layers.Conv2D(filters, 3, padding="same", use_bias=False, name=f"{block}_conv")(x)
        x = keras.layers.BatchNormalization(name=f"{block}_bn")(x)
        x = keras.layers.ReLU(name=f"{block}_relu")(x)
        pool = keras.layers.MaxPooling2D(2) if block == "first" else keras.layers.GlobalAveragePooling2D()
        pool.name = f"{block}_pool"
        x = pool(x)
    x = keras.layers.Dropout(0.2, name="dropout")(x)
    x = keras.layers.Dense(outputs, activation=activation, dtype="float32", name="output")(x)
    return keras.Model(inputs, x, name=NAME)


def write_weights(folder):
    """Weights of the layers below the head, drawn by a seed; returns them."""
    model, generator = build((28, 28, 1), 2, "softmax", pretrained=True), np.random.default_rng(5)
    arrays = {
        f"{layer.name}/{index}": generator.uniform(0.1, 0.5, value.shape).astype(np.float32) - 0.3 * (value.ndim > 1)
        for layer in model.layers[:-2]
        for index, value in enumerate(layer.get_weights())
    }
    write(folder, arrays, ORIGIN)
    return arrays


def add_to(networks):
    """Lets `cnnbench.networks` find this file."""
    networks.__path__.append(str(Path(__file__).parent))
