"""Collects the readers' warnings by image, in threads: else they reach the terminal, and name a path of ours."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from PIL import Image

_lock = threading.Lock()
_heard: dict[int, list[str]] = {}  # by thread
_catcher: list[warnings.catch_warnings[Any]] = []


@contextmanager
def caught() -> Iterator[list[str]]:
    """The warnings of the block in this thread.

    `warnings.catch_warnings` changes the whole process, so the first thread that comes enters it and the last leaves.
    """
    mine: list[str] = []
    with _lock:
        if not _heard:
            _enter()
        _heard[threading.get_ident()] = mine
    try:
        yield mine
    finally:
        with _lock:
            del _heard[threading.get_ident()]
            if not _heard:
                _catcher.pop().__exit__(None, None, None)


def _enter() -> None:
    catcher = warnings.catch_warnings()
    catcher.__enter__()
    _catcher.append(catcher)
    others = warnings.showwarning

    def show(message: Warning | str, *rest: Any, **more: Any) -> None:
        mine = _heard.get(threading.get_ident())
        if mine is None:
            others(message, *rest, **more)
        elif not isinstance(message, Image.DecompressionBombWarning):  # our bounds are stricter
            line = " ".join(str(message).split())
            if line not in mine:
                mine.append(line)

    warnings.showwarning = show
    warnings.filterwarnings("always", module=r"(PIL|pydicom|nibabel)\b")
