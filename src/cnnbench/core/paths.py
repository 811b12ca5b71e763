"""The user's repository, and the paths of `params.yaml`."""

from __future__ import annotations

import os
from pathlib import Path

from cnnbench.core.errors import UserError


def repository() -> Path:
    """The user's repository, also from the throw-away copy in which `dvc exp run --temp` and `--queue` work."""
    # what is kept in the copy is deleted with it; DVC_ROOT names the original there, too
    if "DVC_ROOT" in os.environ:
        return Path(os.environ["DVC_ROOT"])
    here = Path.cwd()
    return next((folder for folder in (here, *here.parents) if (folder / ".dvc").is_dir()), here)


def resolve_path(path: str) -> Path:
    """Resolves a path of `params.yaml`.

    `~` is the user's home. A relative path starts at the root of the repository. That is the working folder, except
    in `dvc exp run --temp` and `--queue`: these work in a temporary copy, and DVC_ROOT names the original.

    Raises:
        UserError: It begins with the home of an unknown user.
    """
    try:
        given = Path(path).expanduser()
    # what expanduser raises for ~name
    except RuntimeError:
        raise UserError(f"Expected a path in params.yaml, received {path!r}, whose user has no home here.") from None
    # joining leaves an absolute path as it is
    return Path(os.environ.get("DVC_ROOT", "")) / given
