"""Zip files, read in place and never extracted; a harmful one is refused before any member is read."""

from __future__ import annotations

import re
import stat
import struct
import zipfile
import zlib
from pathlib import Path
from typing import Self

from cnnbench.core.errors import UserError

MEMBER_BYTES = 128 * 2**20  # no image file is larger
RATIO = 200  # of a member's size to its compressed size; images hardly compress at all
RATIO_BYTES = 2**20  # a smaller member may have any ratio

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
            self._zip = zipfile.ZipFile(path)
        except FileNotFoundError:
            raise UserError(f"Expected an archive {self._name}, received none.") from None
        except _BROKEN as error:
            raise UserError(
                f"Expected a whole zip file {self._name}, received {path.stat().st_size:,} bytes that are none "
                f"({error}): download it again."
            ) from None
        self._bytes = path.stat().st_size

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._zip.close()

    def members(self) -> list[str]:
        """The names of its files, sorted, without folders and the extra files of macOS.

        Raises:
            UserError: A name leads out of the folder, or a member is a link, has a password or would unpack to far more
                than any image.
        """
        members = self._zip.infolist()
        for info in members:
            self._refuse(info)
        if sum(info.compress_size for info in members) > self._bytes:  # members that overlap, or false sizes
            raise UserError(
                f"Expected members of {self._name} that fill its {self._bytes:,} bytes at most, received "
                f"{sum(info.compress_size for info in members):,}: not used."
            )
        # a set, since a zip file may hold one name twice
        return sorted({info.filename for info in members if not info.is_dir() and not _is_from_macos(info.filename)})

    def read(self, name: str) -> bytes:
        """One of its files, checked against its checksum.

        Raises:
            UserError: It is damaged.
        """
        try:
            info = self._zip.getinfo(name)
            with self._zip.open(info) as member:
                return member.read(info.file_size + 1)  # without a limit, zlib unpacks any amount
        except (KeyError, *_BROKEN) as error:
            raise UserError(
                f"Expected {name!r} in {self._name} whole, as its checksum says, received {error}: "
                "download the archive again."
            ) from None

    def size(self, name: str) -> int:
        """Size of one of its files in bytes, as stated in the archive."""
        return self._zip.getinfo(name).file_size

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
        if info.file_size > MEMBER_BYTES or (info.file_size > RATIO_BYTES and info.file_size > RATIO * packed):
            raise UserError(
                f"Expected images in {self._name}, received {info.filename!r}, {packed:,} bytes that unpack to "
                f"{info.file_size:,}: not used."
            )


def _is_from_macos(name: str) -> bool:
    *folders, file = name.split("/")
    return file.startswith("._") or "__MACOSX" in folders
