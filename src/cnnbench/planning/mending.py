"""Mends what a kill of DVC leaves behind: `python -m cnnbench.planning.mending` in the root, as `make bench` does.

DVC writes its lock files in place, and refuses to work with one that is cut short. The lock of git's index, which it
takes to stage files, outlives it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

_GONE = "was left by a process that was killed"


def mend(root: Path) -> list[str]:
    """Mends a repository, unless a DVC or git is at work there.

    Args:
        root: Of the repository.

    Returns:
        A line on each thing that was mended, or why nothing was.
    """
    own = root / ".dvc" / "tmp"
    damaged = [path for path in (own / "rwlock", root / "dvc.lock") if not _is_whole(path)]
    locked = root / ".git" / "index.lock"
    if not damaged and not locked.exists():
        return []
    if others := _at_work(root):
        return [f"{path} {_GONE}, or is in use by process {others[0]}: not touched" for path in [*damaged, locked][:1]]
    return _mend(own, damaged, locked)


def _mend(own: Path, damaged: list[Path], locked: Path) -> list[str]:
    from dvc.lock import LockError, make_lock

    own.mkdir(parents=True, exist_ok=True)
    try:
        # what DVC holds while it writes rwlock
        with make_lock(str(own / "rwlock.lock"), tmp_dir=str(own)):
            lines = []
            for path in damaged:
                kept = own / f"{path.name}.damaged"
                path.replace(kept)
                lines.append(f"{path} {_GONE}, cut short: moved to {kept}; DVC writes it anew")
    except LockError:
        return ["Another DVC is at work here: nothing is mended"]
    if locked.exists():
        locked.unlink()
        lines.append(f"{locked} {_GONE}: removed")
    return lines


def _is_whole(path: Path) -> bool:
    """Whether DVC can read the file; one that is missing is written anew."""
    from dvc.rwlock import SCHEMA
    from dvc.schema import COMPILED_LOCKFILE_SCHEMA
    from dvc.utils.serialize import YAMLFileCorruptedError, parse_yaml
    from voluptuous import Invalid

    readers: dict[str, Callable[[str], object]] = {
        "rwlock": lambda text: SCHEMA(json.loads(text)),
        "dvc.lock": lambda text: COMPILED_LOCKFILE_SCHEMA(parse_yaml(text, path)),
    }
    if not path.exists():
        return True
    text = path.read_text(encoding="utf-8")
    if "<<<<<<<" in text:  # a merge, which its author resolves
        return True
    try:
        readers[path.name](text)
    except (ValueError, Invalid, YAMLFileCorruptedError):
        return False
    return True


def _at_work(root: Path) -> list[int]:
    """The processes of DVC and git in the repository."""
    import psutil

    found = []
    for process in psutil.process_iter():
        try:
            folder, words = Path(process.cwd()), [Path(word).name for word in process.cmdline()[:4]]
        except psutil.Error:  # it has ended, or is somebody else's
            continue
        if folder.is_relative_to(root.resolve()) and {"dvc", "git"} & set(words) and process.pid != os.getpid():
            found.append(process.pid)
    return found


def main() -> None:
    """Mends the repository of the working directory."""
    for line in mend(Path()):
        print(line)


if __name__ == "__main__":
    from cnnbench.core.errors import run_script

    run_script(main)
