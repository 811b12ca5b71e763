"""The type that the layers of a network compute in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from cnnbench.backend import runtime
from cnnbench.core.errors import UserError


@contextmanager
def computing_in(precision: str) -> Iterator[None]:
    """Layers that are built in the block compute in this type; their weights are float32.

    Raises:
        UserError: The type is slower than float32 on this device.
    """
    import keras

    if precision == "float16" and not runtime.engine().has_gpu():
        raise UserError(
            "Expected mixed_precision: bfloat16 or none on a CPU, which is five times slower in float16, "
            "received float16."
        )
    before = keras.config.dtype_policy()
    if precision != "none":
        keras.config.set_dtype_policy(f"mixed_{precision}")
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)
