"""What of DVC grows with the square of the number of stages, made linear; the results are the same."""

from __future__ import annotations

import functools
import operator
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def params_read_once() -> Iterator[None]:
    """Lets DVC parse a file of parameters once for each content, and look keys up in it.

    It would parse the file for each stage, 70 ms a time, and walk through all of it for each key.
    """
    from dvc.dependency import param

    load, dpath, known = param.load_path, param.dpath, {}

    def load_once(path: str, fs: Any, **options: Any) -> Any:
        key = path, Path(path).read_bytes()
        if key not in known:
            known[key] = load(path, fs, **options)
        return known[key]

    class Lookup:
        """Stands for the module dpath, whose keys may be patterns."""

        @staticmethod
        def get(values: Any, key: str, separator: str) -> Any:
            try:
                return functools.reduce(operator.getitem, key.split(separator), values)
            except (KeyError, TypeError):  # a pattern, the index of a list, or no such key
                return dpath.get(values, key, separator=separator)

    param.load_path, param.dpath = load_once, Lookup
    try:
        yield
    finally:
        param.load_path, param.dpath = load, dpath


def forget_trees() -> None:
    """Empties the file system in memory through which DVC hashes each folder, and in which all of them stay.

    To be called when nothing is hashed that is not committed; each look into it goes through all that is there.
    """
    from dvc_objects.fs import MemoryFileSystem

    fs = MemoryFileSystem().fs
    fs.store.clear()
    fs.pseudo_dirs[:] = [""]
