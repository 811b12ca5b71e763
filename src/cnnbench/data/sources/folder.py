"""A user's own images: in a folder per class, or listed in a CSV file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from itertools import pairwise
from pathlib import Path

from cnnbench.config import Data
from cnnbench.core.errors import UserError
from cnnbench.core.paths import resolve_path
from cnnbench.data.sources import Contents, Entry, image_folder, image_table
from cnnbench.data.sources.archives import hash_file
from cnnbench.data.sources.image_files import IMAGE_BYTES, ImageFile


class Folder:
    """Images at `source.path` of params.yaml; `paths.resolve_path` says where a relative path starts.

    All are taken; the split drops those that cannot be decoded, with a reason.
    """

    @contextmanager
    def open(self, data: Data, archives: Path | None, scratch: Path) -> Iterator[Contents]:  # noqa: ARG002
        """Lists the images by id.

        Raises:
            UserError: There is no path, no folder or table at the path, or fewer than two classes.
        """
        path, images = _find(data)
        classes = tuple(sorted({image.label for image in images}))
        if len(classes) < 2:
            raise UserError(
                f"Expected images of at least two classes in {path}, received one class, {classes[0]!r}: a class is a "
                "folder in it or a label, so is the path one folder too high or too low?"
            )
        # by id, since listings differ from one file system to the next
        images = sorted(images)
        _require_unique(images)
        index_of = {name: index for index, name in enumerate(classes)}
        yield Contents(
            # without the path, which would differ on another machine
            origin="a folder of images" if path.is_dir() else "a table of images",
            entries=[
                Entry(image.id, index_of[image.label], image.group, image.part, partial(_read, image.path))
                for image in images
            ],
            total=len(images),
            size=sum(_size(image.path) for image in images),
            classes=classes,
        )


def _find(data: Data) -> tuple[Path, list[ImageFile]]:
    choice = data.source
    if not choice.path:
        raise UserError(
            "Expected source: {name: folder, path: ...} in params.yaml, with the path of a folder of images or of a "
            "CSV file that lists them, received no path."
        )
    path = resolve_path(choice.path)
    try:
        if path.is_dir():
            if choice.sha256 is not None:
                raise UserError(
                    f"Expected sha256 with a CSV file alone, received it with the folder {path}: remove it."
                )
            return path, image_folder.list_images(path)
        if path.is_file() and path.suffix.lower() == ".csv":
            hash_file(path, path.name, choice.sha256)
            return path, image_table.list_images(path)
    except OSError as error:
        raise UserError(f"Expected files in {path} that can be read, received {_reason(error)}.") from None
    received = "a file of another kind" if path.exists() else "nothing"
    raise UserError(
        f"Expected a folder of images or a CSV file at {path}, received {received}: correct source.path in params.yaml."
    )


def _require_unique(images: list[ImageFile]) -> None:
    # sorted by id, so equal ones are neighbours
    for one, other in pairwise(images):
        if one.id == other.id:
            raise UserError(
                f"Expected names that differ in more than the form of their accents, received {one.id!r} twice: "
                "rename one."
            )


def _size(path: Path) -> int:
    try:
        size = path.stat().st_size
    except OSError as error:
        raise UserError(f"Expected an image that can be read, received {_reason(error)}.") from None
    if size > IMAGE_BYTES:
        raise UserError(
            f"Expected image files of at most {IMAGE_BYTES:,} bytes, received {size:,} of {path}: remove it."
        )
    return size


def _read(path: Path) -> bytes:
    try:
        if not path.is_file():  # reading a pipe would never end
            raise UserError(f"Expected a file at {path}, received something that is none: remove it.")
        return path.read_bytes()
    except OSError as error:
        raise UserError(f"Expected an image that can be read, received {_reason(error)}.") from None


def _reason(error: OSError) -> str:
    return f"{error.strerror}: {error.filename!r}"
