"""Zip files, read in place and never extracted; one that could do harm is refused before a byte of it is read."""

from __future__ import annotations

import stat
import zipfile
from pathlib import Path, PurePosixPath

from cnnbench.errors import UserError
from cnnbench.progress import bar

MEMBER_BYTES = 512 * 2**20  # no image file is larger
RATIO = 200  # of a member's size to its compressed size; images hardly compress at all
RATIO_BYTES = 2**20  # below this a ratio means nothing


def members(path: Path) -> list[str]:
    """The files in a zip file, sorted; folders and what macOS adds are left out.

    Raises:
        UserError: It is no zip file, is cut short, or has a name that leaves its folder, a link, a password, or a
            member that would unpack to far more than any image.
    """
    with _opened(path) as archive:
        return sorted(info.filename for info in archive.infolist() if _is_file(path, info))


def verify(path: Path) -> None:
    """Reads a zip file to its end and compares every member with its checksum.

    Raises:
        UserError: A member is damaged, or as `members` says.
    """
    names = members(path)
    with _opened(path) as archive, bar(f"checking {path.name}", len(names)) as advance:
        for name in names:
            read(archive, name)
            advance()


def open_archive(path: Path) -> zipfile.ZipFile:
    """Opens a zip file that `members` has seen.

    Raises:
        UserError: It is no zip file or is cut short.
    """
    return _opened(path)


def read(archive: zipfile.ZipFile, name: str) -> bytes:
    """One file of a zip file.

    Raises:
        UserError: It is damaged.
    """
    try:
        return archive.read(name)  # zipfile stops at the size that `members` has checked
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, ValueError) as error:
        raise UserError(
            f"Expected {name!r} in {archive.filename} as its checksum says, received {error}: "
            "download the archive again."
        ) from None
    except Exception as error:  # zlib, lzma and bz2 each have an error of their own
        raise UserError(
            f"Expected {name!r} in {archive.filename} to unpack, received {error}: download the archive again."
        ) from None


def _opened(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except FileNotFoundError:
        raise UserError(f"Expected an archive {path}, received none.") from None
    except (zipfile.BadZipFile, OSError, NotImplementedError) as error:
        size = path.stat().st_size
        raise UserError(
            f"Expected a whole zip file {path}, received {size:,} bytes that are none ({error}): download it again."
        ) from None


def _is_file(path: Path, info: zipfile.ZipInfo) -> bool:
    name = PurePosixPath(info.filename.replace("\\", "/"))
    if name.is_absolute() or ".." in name.parts or ":" in (name.parts[0] if name.parts else ""):
        raise UserError(f"Expected names inside {path} that stay in its folder, received {info.filename!r}: not used.")
    if stat.S_ISLNK(info.external_attr >> 16):
        raise UserError(f"Expected plain files in {path}, received a link, {info.filename!r}: not used.")
    if info.flag_bits & 1:
        raise UserError(f"Expected an archive without a password, received {path}: not used.")
    packed = max(info.compress_size, 1)
    if info.file_size > MEMBER_BYTES or (info.file_size > RATIO_BYTES and info.file_size > RATIO * packed):
        raise UserError(
            f"Expected images in {path}, received {info.filename!r}, {packed:,} bytes that unpack to "
            f"{info.file_size:,}: not used."
        )
    return not info.is_dir() and name.parts[0] != "__MACOSX" and not name.name.startswith("._")
