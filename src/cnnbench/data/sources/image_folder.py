"""Images in a folder per class, with or without a folder per part of a split above them."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path, PurePath

from cnnbench.core.errors import UserError
from cnnbench.data.sources.image_files import EXTENSIONS, PARTS, ImageFile, canonical_name


def list_images(root: Path) -> list[ImageFile]:
    """The images of `root/<class>/*` or `root/<part>/<class>/*`, also in folders further down.

    Prints the numbers of hidden files and of files with other extensions, which are left out.

    Raises:
        UserError: There are no images, the folder has neither form, or a class has no images.
    """
    skipped: Counter[str] = Counter()
    parted = _has_parts(root)
    images = []
    for path in _files(root, skipped, ()):
        inside = path.relative_to(root)
        if len(inside.parts) < parted + 2:
            raise UserError(
                f"Expected images in a folder per class, received {inside.as_posix()!r} directly in "
                f"{path.parent}: move it into the folder of its class, or list the images in a CSV file."
            )
        key = canonical_name(inside.as_posix())
        part = PARTS[inside.parts[0].lower()] if parted else ""
        images.append(ImageFile(key, path, PurePath(key).parts[parted], key, part))
    if skipped:
        print(f"left out: {skipped['hidden']:,} hidden files or folders, {skipped['other']:,} files of other kinds")
    if not images:
        others = f"{skipped['other']:,} files of other kinds" if skipped["other"] else "none"
        raise UserError(f"Expected images ({', '.join(sorted(EXTENSIONS))}) in {root}, received {others}.")
    _require_every_class(root, parted, images)
    return images


def _has_parts(root: Path) -> bool:
    tops = [folder.name for folder in _folders(root)]
    parts = [name for name in tops if name.lower() in PARTS]
    if parts and len(parts) < len(tops):
        other = next(name for name in tops if name not in parts)
        raise UserError(
            f"Expected the folders in {root} to be either all classes or all parts of a split (train, val, test), "
            f"received both, such as {other!r} and {parts[0]!r}: move one kind away, or list the images in a CSV file."
        )
    return bool(parts)


def _require_every_class(root: Path, parted: bool, images: list[ImageFile]) -> None:
    above = _folders(root) if parted else [root]
    named = {canonical_name(folder.name) for top in above for folder in _folders(top)}
    # the class would vanish without a word
    if empty := sorted(named - {image.label for image in images}):
        raise UserError(
            f"Expected images of every class in {root}, received none in the folder {empty[0]!r}: "
            "add images or remove the folder."
        )


def _folders(folder: Path) -> list[Path]:
    with os.scandir(folder) as entries:
        return sorted(Path(entry.path) for entry in entries if entry.is_dir() and not _is_hidden(entry.name))


def _files(folder: Path, skipped: Counter[str], above: tuple[tuple[int, int], ...]) -> Iterator[Path]:
    """Yields the image files in a folder and those below; follows links, since the user has made them."""
    about = folder.stat()
    here = (about.st_dev, about.st_ino)
    if here in above:
        raise UserError(f"Expected folders that end, received {folder}, a link to a folder above it: remove the link.")
    with os.scandir(folder) as listing:
        # the order of scandir is that of the file system
        entries = sorted(listing, key=lambda entry: entry.name)
    for entry in entries:
        if _is_hidden(entry.name):
            skipped["hidden"] += 1
        elif entry.is_dir():
            yield from _files(Path(entry.path), skipped, (*above, here))
        elif os.path.splitext(entry.name)[1].lower() in EXTENSIONS:  # noqa: PTH122  (a Path each would be slow)
            yield Path(entry.path)
        else:
            skipped["other"] += 1


def _is_hidden(name: str) -> bool:
    # macOS adds __MACOSX to zip files
    return name.startswith(".") or name == "__MACOSX"
