"""Synthetic runs as training and evaluation leave them, a model and its run.json; and images to predict."""

import shutil
from pathlib import Path

import keras
import numpy as np
from PIL import Image
from run_record import run_json

from cnnbench.core import files
from cnnbench.training import saving

PARAMS = Path(__file__).parents[1] / "params.yaml"
SIDE = 16


def finish(root, name, model, classes, **facts):
    """Writes models/<name>/ and reports/runs/<name>/run.json below `root`, and the shipped params.yaml."""
    shutil.copy(PARAMS, root / "params.yaml")
    saving.save(model, root / "models" / name / "model.keras")
    shape = list(model.input_shape[1:])
    about = run_json(
        name, **{"dataset": "own", "architecture": "tiny", "classes": classes, "input_shape": shape} | facts
    )
    files.write_json(root / "reports" / "runs" / name / "run.json", about)
    return about


def network(units, activation, shape=(SIDE, SIDE, 3)):
    """A convolution and a dense layer, with weights that spread the predictions."""
    keras.utils.set_random_seed(3)
    layers = keras.layers
    inputs = keras.Input(shape, dtype="uint8", name="image")
    x = layers.Rescaling(1 / 255)(inputs)
    x = layers.Conv2D(4, 3, activation="relu")(x)
    outputs = layers.Dense(units, activation=activation)(layers.Flatten()(layers.MaxPooling2D(4)(x)))
    return keras.Model(inputs, outputs)


def colourful(seed, width=30, height=20):
    """An image that is not square, another one for each seed."""
    coarse = np.random.default_rng(seed).integers(0, 256, (4, 6, 3), np.uint8)
    return Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)
