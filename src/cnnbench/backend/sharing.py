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
    """The largest size up to `size` with which every device has a part of every batch, of the last one, too.

    TensorFlow divides a batch into parts of one size, of which the last may be smaller, or empty: and the mean of
    nothing is no number.

    Raises:
        UserError: There is none.
    """
    for fitting in range(size, 0, -1):
        if all(_is_enough(batch) for batch in (min(fitting, examples), examples % fitting) if batch):
            return fitting
    raise UserError(
        f"Expected a validation part that {count()} devices can share, received {examples} examples: set device: gpu."
    )


def _is_enough(batch: int) -> bool:
    part = -(-batch // count())
    return part * (count() - 1) < batch
