"""Links from a report to the files beside it."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import quote


def relative(path: Path, out: Path) -> str:
    """The link to a file from a page that stands in the folder `out`."""
    # Path.relative_to cannot go up
    return quote(Path(os.path.relpath(path, out)).as_posix())
