"""A training on several devices of a machine at once, which share each of its batches."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

from cnnbench.backend import runtime
from cnnbench.core.errors import UserError


def count() -> int:
    """How many devices share each batch, as `runtime.configure` was asked."""
    return max(1, len(runtime.engine().sharing))


def together(batch: int) -> AbstractContextManager[Any]:
    """In this block networks are made and trained on all these devices at once; nothing where there is one.

    Each computes the gradients of an equal part of every batch, and all take the same step by their mean: batch size
    and rate mean what they mean on one device. Batch normalisation sees its device's part.

    Args:
        batch: Examples of a batch.

    Raises:
        UserError: They cannot be shared evenly.
    """
    if count() < 2:
        return nullcontext()
    if batch % count():
        raise UserError(
            f"Expected a batch_size that {count()} devices can share evenly, received {batch}: "
            "change it, or set device: gpu."
        )
    scope: AbstractContextManager[Any] = runtime.engine().sharing_scope()
    return scope


def batch_size(examples: int, size: int) -> int:
    """The largest size, up to `size` for each device, with which every one has a part of every batch, of the last, too.

    TensorFlow divides a batch into parts of one size, of which the last may be smaller, or empty: and the mean of
    nothing is no number. Keras 3.15 adds up the parts of the first batch, which must be equal.

    Raises:
        UserError: There is none, as where they are few.
    """
    devices = count()
    if devices == 1:
        return size
    for fitting in range(min(size * devices, examples) // devices * devices, 0, -devices):
        rest = examples % fitting
        if not rest or -(-rest // devices) * (devices - 1) < rest:
            return fitting
    raise UserError(
        f"Expected a validation part that {devices} devices can share, received {examples} examples: set device: gpu."
    )
