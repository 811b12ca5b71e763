"""What a DVC that was killed leaves behind in its own folders, at which every later one stops."""

from __future__ import annotations

import json
from pathlib import Path

IN_USE = "rwlock"  # in .dvc/tmp: what is being read and written


def is_whole(in_use: Path) -> bool:
    """Whether DVC can read its list of what is in use; one that is missing it writes anew."""
    from dvc.rwlock import SCHEMA
    from voluptuous import Invalid

    try:
        SCHEMA(json.loads(in_use.read_bytes()))
    except FileNotFoundError:
        return True
    except (ValueError, Invalid):
        return False
    return True


def empty_entries(run_cache: Path) -> list[Path]:
    """The folders without an entry: DVC makes the folder first."""
    return sorted(folder for folder in run_cache.glob("*/*") if folder.is_dir() and not any(folder.iterdir()))
