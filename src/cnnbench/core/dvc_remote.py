"""Whether there is anywhere to `dvc pull` from: advice that nobody can follow is none."""

from __future__ import annotations

import os
import re
from pathlib import Path

_DEFAULT = re.compile(r"^\s*remote\s*=\s*\S", re.MULTILINE)


def suggest_pull(path: Path, what: str) -> str:
    """Advice to pull what is missing, to follow other advice; empty where its repository has no remote.

    Args:
        path: What is missing.
        what: That is pulled: "it".
    """
    return f", or `dvc pull` {what}" if has_remote(path) else ""


def has_remote(path: Path) -> bool:
    """Whether the DVC repository around a path has a default remote.

    DVC itself, which takes half a second to import, is not asked.
    """
    own = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "dvc/config"
    around = next((folder / ".dvc" for folder in path.absolute().parents if (folder / ".dvc").is_dir()), None)
    files = [own, around / "config", around / "config.local"] if around else []
    return any(_DEFAULT.search(file.read_text(encoding="utf-8", errors="replace")) for file in files if file.is_file())
