"""Packages that only some sources need, so that installing the others is lighter."""

from __future__ import annotations

import importlib.util

from cnnbench.core.errors import UserError


def require(package: str, use: str) -> None:
    """Checks that a package of the extra `full` is installed, without importing it.

    Raises:
        UserError: It is not.
    """
    if importlib.util.find_spec(package) is None:
        raise UserError(f"Expected the package {package}, {use}, received none: `pip install 'cnnbench[full]'`.")
