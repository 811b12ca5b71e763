"""A saved model's answers."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnbench.config import Split
from cnnbench.core.errors import UserError
from cnnbench.data.records import reader, schema

BATCH = 64


class Answers(NamedTuple):
    """A network's answers to a part of its data set.

    Attributes:
        part: The examples.
        scores: Shape (n, classes), or (n, 1) for a regression.
    """

    part: reader.Part
    scores: NDArray[np.float64]


def load(path: Path) -> Any:
    """Loads a `model.keras`.

    Raises:
        UserError: There is none, or it is damaged.
    """
    if not path.exists():
        raise UserError(
            f"Expected a model at {path}, received none: run `dvc repro train@{path.parent.name}`, "
            "or `dvc pull` it where it was pushed."
        )
    os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")  # leave room for whoever else uses the card
    import keras

    try:
        return keras.saving.load_model(path, compile=False)
    except Exception as error:  # Keras raises whatever the zip file, its JSON or its weights make it run into
        said = " ".join(str(error).split())[:200]
        raise UserError(
            f"Expected a model that Keras can load at {path}, received {type(error).__name__}: {said}; "
            f"run `dvc checkout` or `dvc repro -f train@{path.parent.name}`."
        ) from None


def answers(model: Any, folder: Path, split: Split, fold: int) -> tuple[Answers, Answers]:
    """Asks the model about the test and the validation part of the records in a folder."""
    known = schema.read(folder)
    folds = known.parts(split, fold)
    test, val = (reader.load(folder, known, folds[part]) for part in ("test", "val"))
    return Answers(test, scores(model, test.inputs)), Answers(val, scores(model, val.inputs))


def scores(model: Any, inputs: NDArray[Any]) -> NDArray[np.float64]:
    """What the model says of each input.

    Args:
        model: A network of `networks/`.
        inputs: As the records hold them, shape (n, *shape).

    Returns:
        Probabilities, shape (n, classes), also where the network has one sigmoid output; or targets, shape (n, 1).
    """
    return spread(model, model.predict(reader.batch_arrays(inputs, BATCH), verbose=0))


def spread(model: Any, outputs: NDArray[Any]) -> NDArray[np.float64]:
    """A column per class: two of one sigmoid output, else the outputs as they are.

    Args:
        model: The network whose outputs they are.
        outputs: Shape (n, units).
    """
    raw = np.asarray(outputs, np.float64)
    if model.layers[-1].get_config().get("activation") == "sigmoid":
        return np.concatenate([1 - raw, raw], axis=1)
    return raw


def flops(model: Any) -> int:
    """Floating point operations of one forward pass of one example, as TensorFlow's profiler counts them.

    A multiplication and an addition are two; convolutions, matrix products, biases, activations and pooling count,
    copies and changes of shape do not.

    Args:
        model: A network of `networks/`.
    """
    import tensorflow as tf

    asked = tf.TensorSpec((1, *model.input_shape[1:]), tf.float32)
    graph = tf.function(lambda inputs: model(inputs, training=False)).get_concrete_function(asked).graph
    profiler = tf.compat.v1.profiler
    options = profiler.ProfileOptionBuilder(profiler.ProfileOptionBuilder.float_operation()).with_empty_output().build()
    logger = tf.get_logger()
    told = logger.level
    logger.setLevel("ERROR")  # it warns of a deprecation within itself
    try:
        return int(profiler.profile(graph, options=options).total_float_ops)
    finally:
        logger.setLevel(told)
