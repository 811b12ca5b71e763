"""CIFAR-10's binary archive, whole or a part of it, as its publisher packs it.

A record is one byte of label and 3,072 of pixels: 32x32 red, then green, then blue, row by row. Source: the page of the
data set, "Binary version".
"""

from __future__ import annotations

import gzip
import re
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import numpy as np

from cnnbench.config import Data
from cnnbench.core.errors import UserError
from cnnbench.data.sources import Contents, Entry
from cnnbench.data.sources.archives import find, hash_file

ARCHIVE = "cifar-10-binary.tar.gz"
RECORD = 1 + 3 * 32 * 32
MEMBER_BYTES = 10_000 * RECORD  # of the whole archive's files; no part of it has larger ones
UNPACKED_BYTES = 6 * MEMBER_BYTES + 2**20  # six files, their headers and two small texts
MEMBERS = 100  # the whole archive has nine

_CHUNK = 2**20
# tarfile goes down the headers that describe a next header by calling itself
_BROKEN = (tarfile.TarError, OSError, EOFError, zlib.error, ValueError, RecursionError)
_NAME = re.compile(r"cifar-10-batches-bin/((?:data|test)_batch(?:_[1-5])?)\.bin")


class CifarBinary:
    """The archive of tensorflow-datasets, which refuses one with fewer than the 60,000 images; this source takes it."""

    @contextmanager
    def open(self, data: Data, archives: Path | None, scratch: Path) -> Iterator[Contents]:  # noqa: ARG002
        """Opens the user's archive in place; images in the order of its files, which are kept in memory.

        Raises:
            UserError: It is missing, damaged, not safe or another archive.
        """
        path = find(archives, ARCHIVE)
        if path is None:
            raise UserError(
                f"Expected {ARCHIVE} in the folder that `archives:` of params.yaml or the environment variable "
                "CNNBENCH_ARCHIVES names, received none: download the binary version from "
                "https://www.cs.toronto.edu/~kriz/cifar.html, or set source: tfds."
            )
        _refuse_size(path.stat().st_size)
        sha256 = hash_file(path, ARCHIVE, data.source.sha256)
        _refuse_bomb(path)
        entries = [entry for name, content in _read_batches(path) for entry in _list_entries(name, content)]
        if not entries:
            raise UserError(f"Expected cifar-10-batches-bin/data_batch_1.bin in {ARCHIVE}, received none.")
        yield Contents(
            origin=f"images of {ARCHIVE}",
            entries=entries,
            total=len(entries),
            size=len(entries) * (RECORD - 1),
            archives={ARCHIVE: sha256},
        )


def _list_entries(name: str, content: bytes) -> Iterator[Entry]:
    """Yields the images of one file of records."""
    records = np.frombuffer(content, np.uint8).reshape(-1, RECORD)
    # stored colour by colour, read pixel by pixel
    pixels = records[:, 1:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
    part = "test" if name == "test_batch" else "train"
    for index, label in enumerate(records[:, 0].tolist()):
        key = f"{name}/{index:05d}"
        yield Entry(key, label, key, part, partial(pixels.__getitem__, index))


def _refuse_bomb(path: Path) -> None:
    """Unpacks without keeping anything: tarfile would take into memory whatever a header claims."""
    unpacked = 0
    try:
        with gzip.open(path) as file:
            while unpacked <= UNPACKED_BYTES and (chunk := file.read(_CHUNK)):
                unpacked += len(chunk)
    except _BROKEN as error:
        raise _damage_error(error) from None
    _refuse_size(unpacked)


def _refuse_size(size: int) -> None:
    # gzip makes nothing larger than it is
    if size > UNPACKED_BYTES:
        raise UserError(f"Expected {ARCHIVE} to unpack to at most {UNPACKED_BYTES:,} bytes, received more: not used.")


def _read_batches(path: Path) -> Iterator[tuple[str, bytes]]:
    """Yields name and content of each file of records, sorted by name."""
    # the files in an archive may have any order, so they are sorted once all are here
    contents: dict[str, bytes] = {}
    try:
        with tarfile.open(path, "r:gz") as archive:
            for count, member in enumerate(archive):
                if count >= MEMBERS:
                    raise UserError(f"Expected at most {MEMBERS} files in {ARCHIVE}, received more: not used.")
                match = _NAME.fullmatch(member.name)
                if not match:
                    continue
                if not member.isfile() or not 0 < member.size <= MEMBER_BYTES or member.size % RECORD:
                    raise UserError(
                        f"Expected {member.name} in {ARCHIVE} to be a file of records of {RECORD} bytes, at most "
                        f"{MEMBER_BYTES:,}, received {member.size:,}{'' if member.isfile() else ' in a link'}: "
                        "not used."
                    )
                reader = archive.extractfile(member)
                contents[match[1]] = reader.read() if reader else b""
    except _BROKEN as error:
        raise _damage_error(error) from None
    for name, content in sorted(contents.items()):
        labels = np.frombuffer(content, np.uint8)[::RECORD]
        if labels.max() > 9:
            raise UserError(
                f"Expected labels 0 to 9 in {name}.bin of {ARCHIVE}, received {labels.max()}: not CIFAR-10?"
            )
        yield name, content


def _damage_error(error: Exception) -> UserError:
    return UserError(f"Expected a whole {ARCHIVE}, received one that is not ({error}): download it again.")
