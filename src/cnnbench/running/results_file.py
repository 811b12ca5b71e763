"""dvc.lock, to which results are added in batches, with the bytes that DVC would have written one by one.

DVC reads and writes the whole file after each stage: 9 ms of CPU a kB, hours for a thousand stages. An entry's text
does not depend on the others, so only what is new is rendered.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from cnnbench.core import files

HEAD = "schema: '2.0'\nstages:\n"
_ENTRY = re.compile(r"^  (?=[^ :])", re.MULTILINE)  # a long name stands as "  ? name", its entry after "  : "
# a key of the top, a comment, an anchor: DVC itself writes no comment, and numbers anchors over the whole file
_OTHER = re.compile(r"^[^ \n]|\s#|[:-] [&*]", re.MULTILINE)


class ResultsFile:
    """A dvc.lock, which others may write too.

    Attributes:
        path: Of the file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._before = {first_line(entry) for entry in _split(self._read()[len(HEAD) :])}
        self._new: dict[str, int] = {}
        self._new_names: dict[str, int] = {}

    def add(self, stages: Sequence[Any], places: Mapping[Any, int]) -> bool:
        """Adds or replaces the entries of stages; returns whether the file is another now.

        Args:
            stages: Of DVC, in this file.
            places: In the plan, of each.
        """
        entries = [_render(stage) for stage in stages]
        for stage, entry in zip(stages, entries, strict=True):
            if first_line(entry) not in self._before:
                self._new[first_line(entry)] = self._new_names[stage.name] = places[stage]
        text = self._read()
        merged = merge(text, entries, self._new)
        if merged is None:
            self._add_as_dvc_does(stages)
            return self._read() != text
        if merged != text:
            files.write_text(self.path, merged)
        return merged != text

    def _read(self) -> str:
        return self.path.read_text(encoding="utf-8") if self.path.exists() else ""

    def _add_as_dvc_does(self, stages: Sequence[Any]) -> None:
        from dvc.stage.serialize import to_lockfile
        from dvc.utils.serialize import modify_yaml

        with modify_yaml(str(self.path)) as data:
            if not data:
                data.update({"schema": "2.0"})
            known = data.setdefault("stages", {})
            for stage in stages:
                known.update(to_lockfile(stage))
            for name in sorted(self._new_names.keys() & known.keys(), key=self._new_names.__getitem__):
                known[name] = known.pop(name)  # to the end


def _render(stage: Any) -> str:
    """The entry of a stage as it stands in dvc.lock."""
    from dvc.stage.serialize import to_lockfile
    from dvc.utils.serialize import dumps_yaml

    return str(dumps_yaml({"stages": to_lockfile(stage)})).partition("\n")[2]


def merge(text: str, entries: Sequence[str], new: Mapping[str, int]) -> str | None:
    """Puts entries into dvc.lock: what was there keeps its place, what is new follows in the order of the plan.

    Args:
        text: Of the file; empty where there is none.
        entries: Each as DVC writes it, indented by two.
        new: Of each entry that was not there when the pipeline began to run, by its first line: its place in the plan.

    Returns:
        The whole text; None where the file is not as DVC writes it, so that entries do not stand by themselves.
    """
    head, body = text[: len(HEAD)] or HEAD, text[len(HEAD) :]
    if head != HEAD or any(_OTHER.search(part) for part in (body, *entries)):
        return None
    by_name = {first_line(part): part for part in (*_split(body), *entries)}  # a dict keeps the place of a known key
    ordered = sorted(by_name, key=lambda name: new.get(name, -1))  # stable
    return head + "".join(by_name[name] for name in ordered)


def first_line(entry: str) -> str:
    """What tells an entry from others, as its name may be quoted."""
    return entry.partition("\n")[0]


def _split(body: str) -> list[str]:
    starts = [match.start() for match in _ENTRY.finditer(body)]
    return [body[start:end] for start, end in pairwise([*starts, len(body)])]
