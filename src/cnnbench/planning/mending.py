"""Mends what a kill of DVC leaves behind: `python -m cnnbench.planning.mending` in the root, as `cnnbench bench` does.

DVC writes its lock files in place, and refuses to work with one that is cut short. The lock of git's index, which it
takes to stage files, outlives it.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from cnnbench.core import dvc_leftovers, files


def mend(root: Path) -> list[str]:
    """Mends a repository, unless a DVC or git is at work there.

    Args:
        root: Of the repository.

    Returns:
        A line on each thing that was mended, or why nothing was.
    """
    busy, results, index = root / ".dvc/tmp" / dvc_leftovers.IN_USE, root / "dvc.lock", root / ".git/index.lock"
    damaged = [busy] if not dvc_leftovers.is_whole(busy) else []
    damaged += [results] if not _is_whole(results) else []
    damaged += [index] if index.exists() else []
    damaged += dvc_leftovers.empty_entries(root / ".dvc/cache/runs")
    if not damaged:
        return []
    if others := _at_work(root):
        return [f"{damaged[0]} is in use by process {others[0]}, or was left by one that was killed: not touched"]
    return _mend(damaged)


def _mend(damaged: list[Path]) -> list[str]:
    lines = []
    for path in damaged:
        if path.is_dir():
            path.rmdir()
            lines.append(f"{path} was left empty when DVC was killed: removed")
            continue
        whole = _whole_entries(_read(path)) if path.name == "dvc.lock" else ""
        if whole:
            files.write_text(path, whole)
            lines.append(f"{path} was cut short when DVC was killed: cut back to its whole entries")
        else:
            path.unlink()
            lines.append(f"{path} was left by a process that was killed: removed")
    return lines


def _whole_entries(text: str) -> str:
    """The start of a dvc.lock that was cut short, up to its last whole entry; DVC adds the others again."""
    starts = _entries(text)
    return text[: starts[-1]] if len(starts) > 1 else ""


def _entries(text: str) -> list[int]:
    """Where the entries of a dvc.lock start: after two spaces, of a long name with a question mark."""
    return [match.start() for match in re.finditer(r"^  [^ :]", text, re.MULTILINE)]


def _is_whole(results: Path) -> bool:
    """Whether DVC can read a dvc.lock; one that is missing it writes anew."""
    from dvc.utils.serialize import YAMLFileCorruptedError
    from voluptuous import Invalid

    if not results.exists():
        return True
    text = _read(results)
    try:
        _read_results(text)
    except (ValueError, Invalid, YAMLFileCorruptedError):
        return "<<<<<<<" in text  # a merge, which its author resolves
    return True


def _read(path: Path) -> str:
    # it may be cut within a letter
    return path.read_text(encoding="utf-8", errors="replace")


def _read_results(text: str) -> object:
    from dvc.schema import COMPILED_LOCKFILE_SCHEMA
    from dvc.utils.serialize import parse_yaml

    # half a number would pass for a number
    if not text.endswith("\n"):
        raise ValueError
    if starts := _entries(text):
        text = (
            text[: starts[0]] + text[starts[-1] :]
        )  # what is cut short lacks its end; to read all takes half a second
    return COMPILED_LOCKFILE_SCHEMA(parse_yaml(text, "dvc.lock"))


def _at_work(root: Path) -> list[int]:
    """The processes of ours, DVC and git in the repository."""
    import psutil

    found = []
    for process in psutil.process_iter():
        try:
            folder, words = Path(process.cwd()), [Path(word).name for word in process.cmdline()[:4]]
        except psutil.Error:  # it has ended, or is somebody else's
            continue
        # not what starts a program, and waits for it: timeout 60 cnnbench bench
        programs = {*(words if words and words[0].startswith("python") else words[:1])}
        if (
            folder.is_relative_to(root.resolve())
            and {"cnnbench", "dvc", "git"} & programs
            and process.pid != os.getpid()
        ):
            found.append(process.pid)
    return found


def main() -> None:
    """Mends the repository of the working directory."""
    for line in mend(Path()):
        print(line)


if __name__ == "__main__":
    from cnnbench.core.errors import run_script

    run_script(main)
