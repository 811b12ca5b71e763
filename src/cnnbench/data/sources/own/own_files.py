"""What lies at the path of a user's own images: a folder, a table, or arrays."""

from __future__ import annotations

from pathlib import Path

from cnnbench.config import SourceChoice
from cnnbench.core.errors import UserError
from cnnbench.core.paths import resolve_path
from cnnbench.data.sources.archives import hash_file
from cnnbench.data.sources.own import array_files, arrays, image_folder, image_table, parquet_images
from cnnbench.data.sources.own.folder_layout import find_parts
from cnnbench.data.sources.own.label_map import LabelMap
from cnnbench.data.sources.own.listed import Listing, canonical_name
from cnnbench.data.sources.own.user_table import SUFFIXES, UserTable

_METADATA = ("metadata.csv", "metadata.jsonl", "metadata.parquet")  # of an image folder of Hugging Face


def find(choice: SourceChoice, labels: LabelMap, scratch: Path) -> Listing:
    """Lists the user's images.

    Args:
        choice: The source in params.yaml.
        labels: Renames the labels.
        scratch: A temporary folder for what has to be unpacked.

    Raises:
        UserError: There is no path, or nothing at the path that can be read.
    """
    if not choice.path:
        raise UserError(
            "Expected source: {name: folder, path: ...} in params.yaml, with the path of a folder of images or of a "
            "CSV file that lists them, received no path."
        )
    path = resolve_path(choice.path)
    try:
        if path.is_dir():
            return _list_folder(path, choice, labels)
        if path.is_file() and path.suffix.lower() in (*SUFFIXES, ".npz", ".npy"):
            return _list_file(path, choice, labels, scratch)
    except OSError as error:
        raise UserError(
            f"Expected files in {path} that can be read, received {error.strerror}: {error.filename!r}."
        ) from None
    received = "a file of another kind" if path.exists() else "nothing"
    raise UserError(
        f"Expected a folder of images or a CSV file at {path}, received {received}: correct source.path in params.yaml."
        " A .tsv, .jsonl, .parquet, .npz or .npy file does too."
    )


def _list_file(path: Path, choice: SourceChoice, labels: LabelMap, scratch: Path) -> Listing:
    hash_file(path, path.name, choice.sha256)
    suffix = path.suffix.lower()
    if suffix in (".npz", ".npy"):
        _require_no_table(choice, path)
        return arrays.list_images(path, labels, scratch)
    if suffix == ".parquet" and parquet_images.has_images(path):
        return parquet_images.list_images(path.parent, [path], choice, labels)
    root = resolve_path(choice.root) if choice.root else path.parent
    if not root.is_dir():
        raise UserError(f"Expected a folder of images at {root}, received none: correct source.root in params.yaml.")
    return image_table.list_images(path, choice, labels, root)


def _list_folder(path: Path, choice: SourceChoice, labels: LabelMap) -> Listing:
    if choice.sha256 is not None:
        raise UserError(f"Expected sha256 with a file alone, received it with the folder {path}: remove it.")
    if tables := _find_metadata(path, choice, labels):
        listings = [
            (place, image_table.list_images(table, choice, labels, table.parent, part=part))
            for table, place, part in tables
        ]
        return Listing(
            "a table of images",
            [image._replace(id=place + image.id) for place, one in listings for image in one.images],
            [f"{place}{note}" for place, one in listings for note in one.notes],
            choice.attributes,
            named=bool(labels.named),
        )
    if packed := parquet_images.find(path):
        return parquet_images.list_images(path, packed, choice, labels)
    _require_no_table(choice, path)
    if stacks := array_files.find(path):
        return arrays.list_folder(path, stacks, labels)
    listing = image_folder.list_images(path, labels.named)
    renamed = [(image, labels.rename(image.label)) for image in listing.images]
    return listing._replace(
        images=[image._replace(label=canonical_name(label)) for image, label in renamed if label is not None]
    )


def _find_metadata(path: Path, choice: SourceChoice, labels: LabelMap) -> list[tuple[Path, str, str]]:
    """The tables of an image folder of Hugging Face: file, id of its folder, and part; not those without labels."""
    places = [("", "")]
    if not any((path / name).is_file() for name in _METADATA):
        places = [(f"{name}/", part) for name, part in find_parts(path, labels.named).items()]
    tables = [
        (path / place / name, place, part)
        for place, part in places
        for name in [name for name in _METADATA if (path / place / name).is_file()][:1]
    ]
    asked = "label" in choice.columns.model_fields_set
    return [
        one
        for one in tables
        if (table := UserTable(one[0])).find("file_name") and (asked or table.find(choice.columns.label))
    ]


def _require_no_table(choice: SourceChoice, path: Path) -> None:
    given = choice.model_fields_set & {"columns", "root", "extension", "attributes", "where"}
    if given:
        raise UserError(
            f"Expected a table at {path} where source.{min(given)} is set, received a folder or arrays: remove it, or "
            "set source.path to a CSV file that lists the images."
        )
