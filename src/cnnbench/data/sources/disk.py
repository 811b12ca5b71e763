"""Checks the free space of a disk before it is filled."""

from __future__ import annotations

import shutil
from pathlib import Path

from cnnbench.core.errors import UserError


def require_room(folder: Path, size: int) -> None:
    """Checks that the disk of `folder` has room for `size` bytes.

    Raises:
        UserError: It has less.
    """
    free = shutil.disk_usage(folder).free
    if free < size:
        raise UserError(
            f"Expected {size / 2**30:,.1f} GiB free on the disk of {folder}, received {free / 2**30:,.1f} GiB: "
            "make room."
        )
