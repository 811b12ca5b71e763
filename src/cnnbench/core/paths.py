"""Where the paths of `params.yaml` lead."""

from __future__ import annotations

import os
from pathlib import Path

from cnnbench.core.errors import UserError


def resolve_path(path: str) -> Path:
    """Where a path of `params.yaml` leads.

    `~` is the user's home. A relative path starts at the repository's root: the working folder, but in
    `dvc exp run --temp` or `--queue`, which work in a throw-away copy, the folder that DVC names in DVC_ROOT.

    Raises:
        UserError: It begins with the home of a user that there is not.
    """
    try:
        given = Path(path).expanduser()
    except RuntimeError:
        raise UserError(f"Expected a path in params.yaml, received {path!r}, whose user has no home here.") from None
    return Path(os.environ.get("DVC_ROOT", "")) / given
