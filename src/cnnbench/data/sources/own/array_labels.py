"""Labels in an array: class indices, one-hot rows or texts."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnbench.core.errors import UserError


def read_labels(stack: NDArray[Any], where: str, numbers: set[int]) -> list[str]:
    """Labels as text; adds whole numbers of an integer type to `numbers`.

    Raises:
        UserError: They are of another shape or type, an image has several, or a label is no number.
    """
    values = np.array(stack)
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    if values.ndim == 2 and values.shape[1] > 1 and values.dtype.kind in "biuf":
        if not (np.isin(values, (0, 1)).all() and (values.sum(axis=1) == 1).all()):
            raise UserError(
                f"Expected one class per image in {where}, received labels of shape {values.shape} that are not "
                "a single 1 and else 0 in each row: several labels of one image, or none, are not supported."
            )
        values = values.argmax(axis=1)
    if values.ndim != 1 or values.dtype.kind not in "biufUS":
        raise UserError(
            f"Expected labels of shape (n,) or (n, 1) in {where}, received {values.dtype} of shape {values.shape}."
        )
    if values.dtype.kind == "f":
        if not np.isfinite(values).all():
            raise UserError(f"Expected a label for each image in {where}, received some that are no number.")
        return [str(int(value)) if value.is_integer() else str(value) for value in values.tolist()]
    if values.dtype.kind == "S":
        return [value.decode("utf-8", "backslashreplace") for value in values.tolist()]
    if values.dtype.kind == "U":
        return [str(value) for value in values.tolist()]
    whole = [int(value) for value in values.tolist()]
    numbers.update(whole)
    return [str(value) for value in whole]
