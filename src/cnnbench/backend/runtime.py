"""Keras and its backend, imported quietly and set up so that the same run gives the same bits."""

from __future__ import annotations

import gc
import sys
from contextlib import suppress
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from types import ModuleType

from cnnbench.backend import environment
from cnnbench.config import TENSORFLOW, Backend, Device
from cnnbench.core import processor
from cnnbench.core.errors import UserError
from cnnbench.core.quiet import quiet

_HOW = {
    "tensorflow": "run `make install`, with GPU=1 for its CUDA libraries, or `pip install 'cnnbench[gpu]'`",
    "jax": "`pip install jax`, with [cuda12] for a GPU",
    "torch": "`pip install torch`",
}


def engine(backend: str | None = None) -> ModuleType:
    """The module of a backend in this room; that of Keras where none is named."""
    if backend is None:
        import keras

        backend = keras.config.backend()
    return import_module(f"cnnbench.backend.on_{backend}")


def installed_version(package: str) -> str:
    """The version of a package, or "not installed"; tensorflow-cpu is all of tensorflow but what a GPU needs."""
    for name in (package, f"{package}-cpu"):
        with suppress(PackageNotFoundError):
            return version(name)
    return "not installed"


def import_quietly(backend: Backend = TENSORFLOW, threads: int = 1) -> None:
    """Imports Keras with its backend without their start-up messages, TensorFlow in 2.9 instead of 5 seconds.

    The rest of the time goes into garbage collection, which finds nothing yet, and into scikit-learn and Matplotlib:
    Keras imports them where they are installed, for wrappers and plots that are unused here.

    Args:
        backend: Of params.yaml.
        threads: CPU threads of one operation, for a backend that wants to know before its import.

    Raises:
        UserError: The environment asks for another backend, or it is not installed.
    """
    on = engine(backend)
    environment.pin(backend, on.variables(threads))
    unwanted = [name for name in ("sklearn", "matplotlib") if name not in sys.modules]
    gc.disable()
    sys.modules.update(dict.fromkeys(unwanted))  # type: ignore[arg-type]  # None means "not installed"
    try:
        with quiet(), environment.no_keras_json():
            on.import_package()
            import keras  # noqa: F401
    except ModuleNotFoundError as error:
        if error.name != on.PACKAGE:
            raise
        raise UserError(
            f"Expected the package {on.PACKAGE}, as backend: {backend} in params.yaml says, received none: "
            f"{_HOW[backend]}, or set another backend."
        ) from None
    finally:
        for name in unwanted:
            del sys.modules[name]
        gc.freeze()  # what was imported stays: each later search for garbage would take a quarter of a second
        gc.enable()


def configure(device: Device, threads: int, seed: int, backend: Backend = TENSORFLOW) -> dict[str, str | int]:
    """Chooses the device, seeds everything and pins what else decides bits, before any other use of the backend.

    Args:
        device: "auto" takes a GPU if there is one; with "gpus" a training in `sharing.together` takes all.
        threads: CPU threads of one operation.
        seed: Of Python, NumPy and Keras.
        backend: Of Keras.

    Returns:
        The settings that decide bits: device ("cpu", or the name of the GPU, or of several), threads, precision,
        backend, processor and instruction_set.

    Raises:
        UserError: The device is "gpu" and the backend sees none, or the backend is not installed.
    """
    import_quietly(backend, threads)
    import keras

    # what a keras.json or the caller has set before, where Keras was imported already
    keras.config.set_floatx("float32")
    keras.config.set_epsilon(1e-7)
    keras.config.set_image_data_format("channels_last")
    keras.config.set_dtype_policy("float32")
    name = engine(backend).set_up(device, threads)
    if not name:
        raise UserError(
            f"Expected a GPU, as device: {device} in params.yaml says, received none that {backend} can see: "
            f"{_HOW[backend]}, or set device: auto."
        )
    keras.utils.set_random_seed(seed)
    return {
        "device": name,
        "threads": threads,
        "precision": keras.config.dtype_policy().name,
        "backend": keras.config.backend(),
        **processor.describe(),
    }
