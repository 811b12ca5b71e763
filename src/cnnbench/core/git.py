"""What git says of a repository."""

from __future__ import annotations

import subprocess
from pathlib import Path


def read(*arguments: str, root: Path | None = None) -> str:
    """The output of a git command, stripped; empty where there is no git, no repository, or nothing of that name yet.

    Args:
        arguments: Of git.
        root: Where it works; None for the working directory.
    """
    try:
        done = subprocess.run(  # noqa: S603
            ["git", *arguments],  # noqa: S607
            cwd=root,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
