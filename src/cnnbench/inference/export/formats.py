"""The formats of a model: how each is written, and how its users load it again."""

from __future__ import annotations

import importlib.util
import shutil
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnbench.core import files
from cnnbench.core.errors import UserError
from cnnbench.core.quiet import quiet
from cnnbench.evaluation.scoring import BATCH

Predict = Callable[[NDArray[Any]], NDArray[Any]]
"""Takes inputs, shape (n, *shape), and returns the model's outputs, shape (n, units)."""


class Format(NamedTuple):
    """One format.

    Attributes:
        names: Returns the names of its files; takes the run's name.
        write: Writes the model into a folder; takes the Keras model, its model.keras, the folder, the run's name.
        reload: Loads it from there; takes the folder, the run's name.
    """

    names: Callable[[str], list[str]]
    write: Callable[[Any, Path, Path, str], None]
    reload: Callable[[Path, str], Predict]


def _copy_keras(model: Any, source: Path, folder: Path, name: str) -> None:  # noqa: ARG001
    shutil.copyfile(source, folder / f"{name}.keras")  # model.save would write other bytes: a new date


def _load_keras(folder: Path, name: str) -> Predict:
    import keras

    return _keras_predict(keras.saving.load_model(folder / f"{name}.keras"))


def _write_weights(model: Any, source: Path, folder: Path, name: str) -> None:  # noqa: ARG001
    model.save_weights(folder / f"{name}.weights.h5")
    files.write_text(folder / f"{name}.architecture.json", model.to_json(indent=2) + "\n")


def _load_weights(folder: Path, name: str) -> Predict:
    import keras

    model = keras.models.model_from_json((folder / f"{name}.architecture.json").read_text(encoding="utf-8"))
    model.load_weights(folder / f"{name}.weights.h5")
    return _keras_predict(model)


def _write_saved_model(model: Any, source: Path, folder: Path, name: str) -> None:  # noqa: ARG001
    with quiet():
        # TensorFlow's own messages do not heed `verbose`
        model.export(str(folder / f"{name}.savedmodel"), format="tf_saved_model", verbose=False)


def _load_saved_model(folder: Path, name: str) -> Predict:
    import tensorflow as tf

    loaded = tf.saved_model.load(str(folder / f"{name}.savedmodel"))
    return _by_batches(lambda batch: loaded.serve(batch).numpy())


def _write_litert(model: Any, source: Path, folder: Path, name: str) -> None:  # noqa: ARG001
    with quiet():
        model.export(str(folder / f"{name}.tflite"), format="litert", verbose=False)


def _load_litert(folder: Path, name: str) -> Predict:
    import tensorflow as tf

    with quiet(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it recommends the package ai_edge_litert, which has the same interpreter
        interpreter = tf.lite.Interpreter(str(folder / f"{name}.tflite"))
        interpreter.allocate_tensors()
    signature = interpreter.get_signature_list()["serving_default"]
    predict = interpreter.get_signature_runner("serving_default")
    (input_name,), (output_name,) = signature["inputs"], signature["outputs"]
    return _by_batches(lambda batch: predict(**{input_name: batch})[output_name])


def _write_onnx(model: Any, source: Path, folder: Path, name: str) -> None:  # noqa: ARG001
    for package in ("onnx", "onnxruntime", "tf2onnx"):
        if importlib.util.find_spec(package) is None:
            raise UserError(f"Expected the package {package}, for ONNX, received none: `pip install 'cnnbench[onnx]'`.")
    (inputs,) = model.inputs
    model(np.zeros((1, *inputs.shape[1:]), inputs.dtype))  # Keras refuses a model that was never called
    with quiet(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of NumPy, on names that tf2onnx still asks for
        model.export(str(folder / f"{name}.onnx"), format="onnx", verbose=False)


def _load_onnx(folder: Path, name: str) -> Predict:
    import onnxruntime

    session = onnxruntime.InferenceSession(folder / f"{name}.onnx", providers=["CPUExecutionProvider"])
    (inputs,) = session.get_inputs()
    return _by_batches(lambda batch: session.run(None, {inputs.name: batch})[0])


def _keras_predict(model: Any) -> Predict:
    return lambda inputs: np.asarray(model.predict(inputs, batch_size=BATCH, verbose=0))


def _by_batches(predict: Predict) -> Predict:
    # The activations of a whole test part may not fit into memory.
    return lambda inputs: np.concatenate([predict(inputs[at : at + BATCH]) for at in range(0, len(inputs), BATCH)])


FORMATS: dict[str, Format] = {
    "keras": Format(lambda name: [f"{name}.keras"], _copy_keras, _load_keras),
    "weights": Format(lambda name: [f"{name}.weights.h5", f"{name}.architecture.json"], _write_weights, _load_weights),
    "savedmodel": Format(lambda name: [f"{name}.savedmodel"], _write_saved_model, _load_saved_model),
    "litert": Format(lambda name: [f"{name}.tflite"], _write_litert, _load_litert),
    "onnx": Format(lambda name: [f"{name}.onnx"], _write_onnx, _load_onnx),
}
