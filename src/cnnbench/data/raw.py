"""The raw form: `download` writes every data set in it, and `split` and `cache` read nothing else.

`images.zip` holds encoded images, uncompressed and unchanged; `examples.npy` holds arrays, a row each. `examples.csv`
has a line per example, in the same order, the attributes of the user's table last. The same examples in the same order
are the same bytes on every machine.
"""

from __future__ import annotations

import csv
import hashlib
import json
import os
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple, Protocol, TypeVar

import numpy as np

from cnnbench.core import files
from cnnbench.core.errors import UserError
from cnnbench.core.progress import bar
from cnnbench.core.workers import map_in_order

IMAGES, ARRAYS, TABLE = "images.zip", "examples.npy", "examples.csv"
COLUMNS = ("id", "label", "group", "part", "sha256")


class _WithData(Protocol):
    @property
    def data(self) -> Any: ...


S = TypeVar("S", bound=_WithData)
T = TypeVar("T")

_PIECE, _PIECE_BYTES = 64, 2**20  # examples that are handed over at once, and their bytes
_MANY = 2_000  # small images from which processes are worth their start; decoding large ones, threads do as well
_ENCODED = "encoded"
_HEAD = 30  # bytes before a member's name in a zip file
_UNIX = 3  # what zipfile states on Unix; on Windows it would state another
_DATE = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip file can state


class Example(NamedTuple):
    """One example.

    Attributes:
        id: Unique in the data set and the same on every machine, such as a path inside the archive.
        data: An encoded image file as bytes, or an array: pixels (height, width, channels) of any type, or float32
            features.
        label: Class index (int), or the target of a regression (float).
        group: Patient, lesion or slide, which a split keeps in one part; the id where it is unknown.
        part: Of the publisher's own split, train, val or test; empty where there is none.
        attributes: Values of the data set's attributes, such as sex; empty where one is not known.
    """

    id: str
    data: Any
    label: float
    group: str
    part: str = ""
    attributes: tuple[str, ...] = ()


def write_examples(
    raw: Path, examples: Iterable[Example], count: int, attributes: tuple[str, ...] = ()
) -> Counter[float]:
    """Writes examples into a raw folder, one after the other.

    Args:
        raw: The folder.
        examples: In an order that is the same on every machine; all encoded, or all arrays of one shape and type.
        count: Their number.
        attributes: Names of the attributes, of which every example has a value.

    Returns:
        The number of examples with each label.

    Raises:
        UserError: Two have one id, one has another form than the first, or there are not `count`. Nothing is left in
            the folder.
    """
    remaining = iter(examples)
    first = next(remaining, None)
    if first is None:
        raise UserError(f"Expected {count:,} examples, received none.")
    form = _form(first.data)
    name, other = (IMAGES, ARRAYS) if form == _ENCODED else (ARRAYS, IMAGES)
    ids: set[str] = set()
    labels: Counter[float] = Counter()
    with files.aside(raw / TABLE) as table_path, files.aside(raw / name) as path:
        # an inner block: the files are closed before `aside` renames them
        with table_path.open("w", encoding="utf-8", newline="") as table, _create(path, first.data, count) as store:
            lines = csv.writer(table, lineterminator="\n")
            lines.writerow((*COLUMNS, *attributes))
            for example in chain([first], remaining):
                if example.id in ids:
                    raise UserError(f"Expected ids that are unique, received {example.id!r} twice.")
                if (received := _form(example.data)) != form:
                    raise UserError(f"Expected {example.id!r} to be {form} as the others, received {received}.")
                if len(ids) == count:
                    raise UserError(f"Expected {count:,} examples, received more, such as {example.id!r}.")
                if form == _ENCODED:
                    content = example.data
                    # given only a name, zipfile would stamp the present time
                    member = zipfile.ZipInfo(example.id, _DATE)
                    member.create_system = _UNIX
                    store.writestr(member, content)
                else:
                    content = example.data.tobytes()
                    store.write(content)
                ids.add(example.id)
                labels[example.label] += 1
                sha256 = hashlib.sha256(content).hexdigest()
                lines.writerow((example.id, example.label, example.group, example.part, sha256, *example.attributes))
        if len(ids) < count:  # a writer may lose examples without an error
            raise UserError(f"Expected {count:,} examples, received {len(ids):,}.")
    # left by another source of the set, it could be read in place of the new one
    (raw / other).unlink(missing_ok=True)
    return labels


def read_examples(raw: Path, only: Collection[str] | None = None) -> Iterator[Example]:
    """Yields the examples of a raw folder in the order in which they were written.

    Args:
        raw: The folder.
        only: The ids of those to read; None for all.

    Raises:
        UserError: The folder is damaged.
    """
    try:
        with (raw / TABLE).open(encoding="utf-8", newline="") as table, _open(raw) as store:
            encoded = isinstance(store, zipfile.ZipFile)
            lines = csv.reader(table)
            next(lines)
            for index, (name, written, group, part, _, *attributes) in enumerate(lines):
                if only is not None and name not in only:
                    continue
                data = _read_stored(store, name) if encoded else np.asarray(store[index])
                label = json.loads(written)  # ints stay ints, and floats keep their bits
                yield Example(name, data, label, group, part, tuple(attributes))
    except (OSError, KeyError, IndexError, StopIteration, ValueError, zipfile.BadZipFile) as error:
        raise UserError(
            f"Expected {raw} whole, as the download leaves it, received {' '.join(str(error).split())}: "
            f"run `dvc repro -f download@{raw.name}`."
        ) from None


def map_examples(
    function: Callable[[S], T], examples: Iterable[S], label: str, total: int, *, apart: bool = False
) -> Iterator[T]:
    """Yields `function` of every example, in their order, computed side by side; shows a bar.

    Args:
        function: Of one example; Pillow, NumPy and hashlib release the lock of the interpreter.
        examples: Read by one thread; some megabytes for each core are in memory at a time.
        label: Of the bar.
        total: Number of examples.
        apart: Whether processes may compute, to which `function` is pickled: they do where there are many examples.
    """
    with bar(label, total) as advance:
        # in pieces: handing over costs as much for one example as for many
        for results in map_in_order(partial(_each, function), _pieces(examples), processes=apart and total >= _MANY):
            yield from results
            advance(len(results))


def is_encoded(raw: Path) -> bool:
    """Whether a raw folder holds encoded images, not arrays."""
    return (raw / IMAGES).exists()


def _each(function: Callable[[S], T], piece: list[S]) -> list[T]:
    return [function(example) for example in piece]


def _pieces(examples: Iterable[S]) -> Iterator[list[S]]:
    piece: list[S] = []
    size = 0
    for example in examples:
        piece.append(example)
        size += len(example.data) if isinstance(example.data, bytes) else example.data.nbytes
        if len(piece) == _PIECE or size >= _PIECE_BYTES:
            yield piece
            piece, size = [], 0
    if piece:
        yield piece


def _read_stored(store: zipfile.ZipFile, name: str) -> bytes:
    """An image, compared with its checksum, in 7 µs; zipfile, which unpacks too, takes 24 (measured)."""
    about, file = store.getinfo(name), store.fp
    if about.compress_type != zipfile.ZIP_STORED or file is None:  # packed anew by someone else
        return store.read(name)
    file.seek(about.header_offset)
    name_bytes, extra_bytes = struct.unpack("<26xHH", file.read(_HEAD).ljust(_HEAD, b"\0"))
    file.seek(name_bytes + extra_bytes, os.SEEK_CUR)
    content = file.read(about.file_size)
    if zlib.crc32(content) != about.CRC:
        raise zipfile.BadZipFile(f"Bad CRC-32 for file {name!r}")
    return content


def _create(path: Path, first: Any, count: int) -> AbstractContextManager[Any]:
    if _form(first) == _ENCODED:
        # images hardly compress, and stored ones are read at the speed of the disk
        return zipfile.ZipFile(path, "w", zipfile.ZIP_STORED)
    # row by row: a data set need not fit in memory. Not mapped: on a full disk that would kill the process
    file = path.open("wb")
    shape = (count, *first.shape)
    about = {"descr": np.lib.format.dtype_to_descr(first.dtype), "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(file, about)
    return file


def _open(raw: Path) -> AbstractContextManager[Any]:
    if (raw / IMAGES).exists():
        return zipfile.ZipFile(raw / IMAGES)
    return nullcontext(np.load(raw / ARRAYS, mmap_mode="r", allow_pickle=False))


def _form(data: Any) -> str:
    return _ENCODED if isinstance(data, bytes) else f"{data.dtype} {data.shape}"
