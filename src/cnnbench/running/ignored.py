"""The .gitignore files, in which DVC lists outputs: in the order of the plan, not in that in which stages ended."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from cnnbench.core import files


class IgnoredFiles:
    """The .gitignore files beside outputs, as they are now.

    Args:
        outputs: Paths, in the order of the plan.
    """

    def __init__(self, outputs: Iterable[str]) -> None:
        self._places: dict[Path, dict[str, int]] = {}
        for output in map(Path, outputs):
            lines = self._places.setdefault(output.parent / ".gitignore", {})
            lines.setdefault(f"/{output.name}\n", len(lines))
        self._before = {path: set(_read(path)) for path in self._places}

    def sort(self) -> None:
        """Sorts what DVC has added since."""
        for path, places in self._places.items():
            lines = _read(path)
            new = [line for line in lines if line in places and line not in self._before[path]]
            kept = [line for line in lines if line not in new]
            ordered = kept + sorted(new, key=places.__getitem__)
            if ordered != lines and lines[-len(new) :] == new:  # else somebody else has added lines since
                files.write_text(path, "".join(ordered))


def _read(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines(keepends=True) if path.is_file() else []
