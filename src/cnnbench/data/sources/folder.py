"""A user's own images: in a folder per class, or listed in a CSV file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from cnnbench.config import Data
from cnnbench.core.errors import UserError
from cnnbench.core.paths import located
from cnnbench.core.progress import bar
from cnnbench.data.sources import Example, Fetched, csv_table, folder_tree, packed, user_archives
from cnnbench.data.sources.user_files import Image


@dataclass(frozen=True)
class Folder:
    """Images at `source.path` of params.yaml; `own.located` says where a relative path starts.

    They are copied whole, whether they can be decoded or not: the split leaves out those that cannot, with a reason.
    """

    synthetic: bool = False

    def fetch(self, raw: Path, data: Data, archives: Path | None) -> Fetched:  # noqa: ARG002
        """Packs the images, or `data.examples` of them picked at random from `data.source.seed`.

        Raises:
            UserError: There is no path, no folder or table of images there, fewer than two classes, or no room.
        """
        path, images = _found(data)
        classes = tuple(sorted({image.label for image in images}))
        if len(classes) < 2:
            raise UserError(
                f"Expected images of at least two classes in {path}, received one class, {classes[0]!r}: a class is a "
                "folder in it or a label, so is the path one folder too high or too low?"
            )
        taken = _taken(images, data)
        user_archives.room(raw, sum(_size(image) for image in taken))
        label_of = {name: index for index, name in enumerate(classes)}
        with bar("packing images", len(taken)) as advance:

            def examples() -> Iterator[Example]:
                for image in taken:
                    yield Example(image.id, _content(image), label_of[image.label], image.group, image.part)
                    advance()

            packed.pack(raw, examples())
        return Fetched("a folder of images" if path.is_dir() else "a table of images", classes)

    def examples(self, raw: Path) -> Iterator[Example]:
        """Yields the images by id."""
        return packed.unpack(raw)


def _found(data: Data) -> tuple[Path, list[Image]]:
    choice = data.source
    if not choice.path:
        raise UserError(
            "Expected source: {name: folder, path: ...} in params.yaml, with the path of a folder of images or of a "
            "CSV file that lists them, received no path."
        )
    path = located(choice.path)
    try:
        if path.is_dir():
            if choice.sha256 is not None:
                raise UserError(
                    f"Expected sha256 with a CSV file alone, received it with the folder {path}: remove it."
                )
            return path, folder_tree.read(path)
        if path.is_file() and path.suffix.lower() == ".csv":
            user_archives.check(path, path.name, choice.sha256)
            return path, csv_table.read(path)
    except OSError as error:
        raise UserError(f"Expected files in {path} that can be read, received {_reason(error)}.") from None
    received = "a file of another kind" if path.exists() else "nothing"
    raise UserError(
        f"Expected a folder of images or a CSV file at {path}, received {received}: correct source.path in params.yaml."
    )


def _taken(images: list[Image], data: Data) -> list[Image]:
    images = sorted(images)
    for one, other in pairwise(images):
        if one.id == other.id:
            raise UserError(
                f"Expected names that differ in more than the form of their accents, received {one.id!r} twice: "
                "rename one."
            )
    if data.examples is None or data.examples >= len(images):
        return images
    picked = np.random.default_rng(data.source.seed).permutation(len(images))[: data.examples]
    return [images[index] for index in sorted(picked)]


def _size(image: Image) -> int:
    try:
        return image.path.stat().st_size
    except OSError as error:
        raise UserError(f"Expected an image that can be read, received {_reason(error)}.") from None


def _content(image: Image) -> bytes:
    try:
        if not image.path.is_file():  # a pipe would be waited for without end
            raise UserError(f"Expected a file at {image.path}, received something that is none: remove it.")
        return image.path.read_bytes()
    except OSError as error:
        raise UserError(f"Expected an image that can be read, received {_reason(error)}.") from None


def _reason(error: OSError) -> str:
    return f"{error.strerror}: {error.filename!r}"
