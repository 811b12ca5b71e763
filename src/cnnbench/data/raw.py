"""The raw form: how `download` keeps any data set, and all that `split` and `cache` read of it.

Encoded images stand in `images.zip`, stored as they came; arrays stand in `examples.npy`, a row each. `examples.csv`
has a line per example, in the same order. The same examples in the same order are the same bytes on every machine.
"""

from __future__ import annotations

import csv
import hashlib
import json
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnbench.core import files
from cnnbench.core.errors import UserError

IMAGES, ARRAYS, TABLE = "images.zip", "examples.npy", "examples.csv"
COLUMNS = ("id", "label", "group", "part", "sha256")

_DATE = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip file can state


class Example(NamedTuple):
    """One example.

    Attributes:
        id: Unique in the data set and the same on every machine, such as a path inside the archive.
        data: An encoded image file as bytes, or an array: uint8 pixels (height, width, channels) or float32 features.
        label: Class index (int), or the target of a regression (float).
        group: What a split must keep together: patient, lesion or slide. The id where nothing is shared.
        part: Of the publisher's own split, train, val or test; empty where there is none.
    """

    id: str
    data: Any
    label: float
    group: str
    part: str = ""


def write_examples(raw: Path, examples: Iterable[Example], count: int) -> Counter[float]:
    """Writes examples into a raw folder, one after the other.

    Args:
        raw: The folder.
        examples: In an order that is the same on every machine; all encoded, or all arrays of one shape and type.
        count: How many there are.

    Returns:
        How many have each label.

    Raises:
        UserError: Two have one id, one is of another form than the first, or there are not `count`. Nothing is left
            in the folder then.
    """
    remaining = iter(examples)
    first = next(remaining, None)
    if first is None:
        raise UserError(f"Expected {count:,} examples, received none.")
    form = _form(first.data)
    name, other = (IMAGES, ARRAYS) if form == "encoded" else (ARRAYS, IMAGES)
    ids: set[str] = set()
    labels: Counter[float] = Counter()
    with files.aside(raw / TABLE) as table_path, files.aside(raw / name) as path:
        opened = _images(path) if form == "encoded" else _arrays(path, first.data, count)
        with table_path.open("w", encoding="utf-8", newline="") as table, opened as add:
            lines = csv.writer(table, lineterminator="\n")
            lines.writerow(COLUMNS)
            for example in chain([first], remaining):
                if example.id in ids:
                    raise UserError(f"Expected ids that are unique, received {example.id!r} twice.")
                if _form(example.data) != form:
                    received = _form(example.data)
                    raise UserError(f"Expected {example.id!r} to be {form} as the others, received {received}.")
                if len(ids) == count:
                    raise UserError(f"Expected {count:,} examples, received more, such as {example.id!r}.")
                add(len(ids), example)
                ids.add(example.id)
                labels[example.label] += 1
                lines.writerow((example.id, example.label, example.group, example.part, _sha256(example.data)))
        if len(ids) < count:  # other writers have been seen to lose examples without a word
            raise UserError(f"Expected {count:,} examples, received {len(ids):,}.")
    (raw / other).unlink(missing_ok=True)
    return labels


def read_examples(raw: Path) -> Iterator[Example]:
    """Yields the examples of a raw folder in the order in which they were written.

    Raises:
        UserError: The folder is not as `write_examples` leaves it.
    """
    try:
        with (raw / TABLE).open(encoding="utf-8", newline="") as table, _data(raw) as read:
            for index, row in enumerate(csv.DictReader(table)):
                label = json.loads(row["label"])  # what was an int is one, and a float has the same bits
                yield Example(row["id"], read(index, row["id"]), label, row["group"], row["part"])
    except (OSError, KeyError, IndexError, ValueError, zipfile.BadZipFile) as error:
        raise UserError(
            f"Expected {raw} whole, as the download leaves it, received {' '.join(str(error).split())}: "
            f"run `dvc repro -f download@{raw.name}`."
        ) from None


@contextmanager
def _images(path: Path) -> Iterator[Callable[[int, Example], None]]:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        yield lambda _, example: archive.writestr(zipfile.ZipInfo(example.id, _DATE), example.data)


@contextmanager
def _arrays(path: Path, first: NDArray[Any], count: int) -> Iterator[Callable[[int, Example], None]]:
    rows = np.lib.format.open_memmap(path, "w+", first.dtype, (count, *first.shape))
    yield lambda index, example: rows.__setitem__(index, example.data)
    rows.flush()


def _data(raw: Path) -> AbstractContextManager[Callable[[int, str], Any]]:
    return _stored_images(raw / IMAGES) if (raw / IMAGES).exists() else _stored_arrays(raw / ARRAYS)


@contextmanager
def _stored_images(path: Path) -> Iterator[Callable[[int, str], bytes]]:
    with zipfile.ZipFile(path) as archive:  # which compares every member with its checksum
        yield lambda _, name: archive.read(name)


@contextmanager
def _stored_arrays(path: Path) -> Iterator[Callable[[int, str], NDArray[Any]]]:
    rows = np.load(path, mmap_mode="r", allow_pickle=False)
    yield lambda index, _: np.asarray(rows[index])


def _form(data: Any) -> str:
    return "encoded" if isinstance(data, bytes) else f"{data.dtype} {data.shape}"


def _sha256(data: Any) -> str:
    return hashlib.sha256(data if isinstance(data, bytes) else data.tobytes()).hexdigest()
