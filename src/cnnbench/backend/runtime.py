"""TensorFlow, imported quietly and set up so that the same run gives the same bits."""

from __future__ import annotations

import gc
import os
import sys
from typing import Any, Literal

from cnnbench.backend import environment
from cnnbench.core import processor
from cnnbench.core.errors import UserError
from cnnbench.core.quiet import quiet

Device = Literal["auto", "cpu", "gpu"]


def import_quietly() -> None:
    """Imports TensorFlow and Keras without their start-up messages, and in 2.9 instead of 5 seconds.

    The rest of the time goes into garbage collection, which finds nothing yet, and into scikit-learn and Matplotlib:
    Keras imports them where they are installed, for wrappers and plots that are unused here.

    Raises:
        UserError: The environment asks for another backend.
    """
    environment.pin()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    unwanted = [name for name in ("sklearn", "matplotlib") if name not in sys.modules]
    gc.disable()
    sys.modules.update(dict.fromkeys(unwanted))  # type: ignore[arg-type]  # None means "not installed"
    try:
        with quiet(), environment.no_keras_json():
            import keras  # noqa: F401
            import tensorflow  # noqa: F401
    finally:
        for name in unwanted:
            del sys.modules[name]
        gc.freeze()  # what was imported stays: each later search for garbage would take a quarter of a second
        gc.enable()


def configure(device: Device, threads: int, seed: int) -> dict[str, str | int]:
    """Chooses the device, seeds everything and pins what else decides bits, before any other use of TensorFlow.

    Args:
        device: "auto" takes a GPU if there is one.
        threads: CPU threads of one operation.
        seed: Of Python, NumPy and Keras.

    Returns:
        The settings that decide bits: device ("cpu", or the name of the GPU), threads, precision, backend, processor
        and instruction_set.

    Raises:
        UserError: The device is "gpu" and TensorFlow sees none.
    """
    import_quietly()
    import keras
    import tensorflow as tf

    gpus: list[Any] = tf.config.list_physical_devices("GPU")
    if device == "gpu" and not gpus:
        raise UserError(
            "Expected a GPU, as device: gpu in params.yaml says, received none that TensorFlow can see: "
            "install its CUDA libraries with `make install GPU=1`, or set device: auto."
        )
    if device == "cpu":
        # hidden, or TensorFlow would place operations on the card
        tf.config.set_visible_devices([], "GPU")
        gpus = []
    for gpu in gpus:
        tf.config.experimental.set_memory_growth(gpu, True)  # leaves room for other users of the card
    # what a keras.json or the caller has set before, where Keras was imported already
    keras.config.set_floatx("float32")
    keras.config.set_epsilon(1e-7)
    keras.config.set_image_data_format("channels_last")
    keras.config.set_dtype_policy("float32")
    # fixed: one thread more or less changes the last bits (measured)
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    # costs nothing on a CPU (measured)
    tf.config.experimental.enable_op_determinism()
    keras.utils.set_random_seed(seed)
    name = tf.config.experimental.get_device_details(gpus[0]).get("device_name", "gpu") if gpus else "cpu"
    return {
        "device": str(name),
        "threads": threads,
        "precision": keras.config.dtype_policy().name,
        "backend": keras.config.backend(),
        **processor.describe(),
    }
