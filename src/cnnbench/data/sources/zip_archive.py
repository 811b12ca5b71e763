"""Zip files, read in place and never extracted; a harmful one is refused before any member is read.

An archive has at most `MEMBERS` members, told from its directory before that is parsed. What is used of them is checked
first; what is not used is never read, and may be anything.
"""

from __future__ import annotations

import io
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Self

from cnnbench.core.errors import UserError
from cnnbench.data.sources.content import IMAGE_BYTES

MEMBERS = 600_000  # the largest archive of a known data set, of breast histopathology, has 555,048: 4 s and 0.4 GB
DIRECTORY_BYTES = MEMBERS * 512  # of the list of the members: 46 a member, and its path
RATIO = 200  # of a member's size to its compressed size; images hardly compress at all
RATIO_BYTES = 2**20  # a smaller member may have any ratio

_ENTRY, _ENTRY_BYTES = b"PK\1\2", 46  # of the list of members: how each begins, and its length without the name
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # the others can require any amount of memory
_OUTSIDE = re.compile(r"[/\\]|[A-Za-z]:|(?:.*[/\\])?\.\.(?:[/\\].*)?$", re.DOTALL)
# zipfile lets errors of zlib, struct and the file system through on damaged files
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    ValueError,
    NotImplementedError,
    OverflowError,
)


class ZipArchive:
    """A zip file, open to be read."""

    def __init__(self, path: Path, name: str | None = None) -> None:
        """Opens a zip file, which messages call by `name` or else by its path.

        Raises:
            UserError: It is missing, no zip file or cut short.
        """
        self._name = name or str(path)
        try:
            self._file = _BoundedDirectory(io.FileIO(path))
        except FileNotFoundError:
            raise UserError(f"Expected an archive {self._name}, received none.") from None
        try:
            self._zip = _open(self._file)
        except _TooManyError:
            self._file.close()
            raise UserError(f"Expected at most {MEMBERS:,} files in {self._name}, received more: not used.") from None
        except _BROKEN as error:
            self._file.close()
            raise UserError(
                f"Expected a whole zip file {self._name}, received {path.stat().st_size:,} bytes that are none "
                f"({error}): download it again."
            ) from None
        self._bytes = path.stat().st_size
        # old programs of Windows write its separator; of a name that is there twice the last counts, as for zipfile
        self._infos = {info.filename.replace("\\", "/"): info for info in self._zip.infolist()}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._zip.close()
        # zipfile leaves open what it has not opened
        self._file.close()

    def members(self) -> list[str]:
        """The names of its files, sorted, with / between folders, without folders and the extra files of macOS."""
        return sorted(name for name in self._infos if not name.endswith("/") and not _is_from_macos(name))

    def require_harmless(self, names: Iterable[str]) -> None:
        """Checks those of its files that are to be read.

        Raises:
            UserError: A name leads out of the folder, or a member is a link, has a password or would unpack to far more
                than any image.
        """
        packed = 0
        for info in map(self._infos.__getitem__, names):
            self._refuse(info)
            packed += info.compress_size
        if packed > self._bytes:  # members that overlap, or false sizes
            raise UserError(
                f"Expected members of {self._name} that fill its {self._bytes:,} bytes at most, received {packed:,}: "
                "not used."
            )

    def read(self, name: str) -> bytes:
        """One of its files, checked against its checksum.

        Raises:
            UserError: It is damaged.
        """
        try:
            info = self._infos[name]
            with self._zip.open(info) as member:
                return member.read(info.file_size + 1)  # without a limit, zlib unpacks any amount
        except (KeyError, *_BROKEN) as error:
            raise UserError(
                f"Expected {name!r} in {self._name} whole, as its checksum says, received {error}: "
                "download the archive again."
            ) from None

    def size(self, name: str) -> int:
        """Size of one of its files in bytes, as stated in the archive."""
        return self._infos[name].file_size

    def _refuse(self, info: zipfile.ZipInfo) -> None:
        if not info.filename or _OUTSIDE.match(info.filename):
            raise UserError(
                f"Expected names inside {self._name} that stay in its folder, received {info.filename!r}: not used."
            )
        # the upper half holds the mode of Unix
        if stat.S_ISLNK(info.external_attr >> 16):
            raise UserError(f"Expected plain files in {self._name}, received a link, {info.filename!r}: not used.")
        # bit 0: encrypted
        if info.flag_bits & 1:
            raise UserError(f"Expected an archive without a password, received {self._name}: not used.")
        if info.compress_type not in _METHODS:
            raise UserError(
                f"Expected files in {self._name} that are stored or deflated, received {info.filename!r} packed by "
                f"method {info.compress_type}: pack them again."
            )
        packed = max(info.compress_size, 1)
        if info.file_size > IMAGE_BYTES or (info.file_size > RATIO_BYTES and info.file_size > RATIO * packed):
            raise UserError(
                f"Expected images in {self._name}, received {info.filename!r}, {packed:,} bytes that unpack to "
                f"{info.file_size:,}: not used."
            )


class _TooManyError(Exception):
    """A zip file has too many members."""


def _open(file: _BoundedDirectory) -> zipfile.ZipFile:
    try:
        opened = zipfile.ZipFile(file)
    # one member of a newer version, or with a name in no encoding, and zipfile opens none of them
    except (NotImplementedError, UnicodeDecodeError):
        file.mends = True
        opened = zipfile.ZipFile(file)
    for info in opened.infolist():
        # Python from 3.12 on refuses a member into which another one points; `require_harmless` adds up what is used
        if getattr(info, "_end_offset", None) is not None:
            info._end_offset = None  # type: ignore[attr-defined]
    return opened


class _BoundedDirectory(io.BufferedReader):
    """A file whose list of members zipfile does not get where it is too long: it would parse all of it.

    Attributes:
        mends: Whether members that zipfile would not list at all are changed so that it lists them.
    """

    mends = False

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > max(DIRECTORY_BYTES, IMAGE_BYTES):
            raise _TooManyError
        content = super().read(size)
        # each entry begins so, whatever number of them the archive claims
        if content.count(_ENTRY) > MEMBERS:
            raise _TooManyError
        return _mend(content) if self.mends and content.startswith(_ENTRY) else content


def _mend(directory: bytes) -> bytes:
    """The list of members, each of a version that zipfile knows, and with a name that can be decoded."""
    mended, at = bytearray(directory), 0
    while mended[at : at + 4] == _ENTRY and at + _ENTRY_BYTES <= len(mended):
        mended[at + 6] = min(mended[at + 6], zipfile.MAX_EXTRACT_VERSION)
        name, extra, comment = struct.unpack_from("<HHH", mended, at + 28)
        try:
            mended[at + _ENTRY_BYTES : at + _ENTRY_BYTES + name].decode()
        except UnicodeDecodeError:
            mended[at + 9] &= ~0x08  # the bit that states UTF-8
        at += _ENTRY_BYTES + name + extra + comment
    return bytes(mended)


def _is_from_macos(name: str) -> bool:
    *folders, file = name.split("/")
    return file.startswith("._") or "__MACOSX" in folders
