"""A user's own images: in a folder per class, listed in a table, or in arrays."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

from cnnbench.config import Data
from cnnbench.core.errors import UserError
from cnnbench.data.images import dicom
from cnnbench.data.sources import Contents, Entry
from cnnbench.data.sources.own import class_names, class_order, own_files
from cnnbench.data.sources.own.label_map import LabelMap
from cnnbench.data.sources.own.listed import Listed


class Folder:
    """Images at `source.path` of params.yaml; `paths.resolve_path` says where a relative path starts.

    All are taken; the split drops those that cannot be decoded, with a reason.
    """

    @contextmanager
    def open(self, data: Data, archives: Path | None, scratch: Path) -> Iterator[Contents]:  # noqa: ARG002
        """Lists the images by id.

        Raises:
            UserError: There is no path, no images at the path, fewer than two classes, or names that cannot be those
                of classes.
        """
        labels = LabelMap(data.source.labels)
        listing = own_files.find(data.source, labels, scratch)
        notes = [*listing.notes, *labels.notes()]
        images = sorted(listing.images, key=lambda image: image.id)  # listings differ between file systems
        names = {image.label for image in images}
        class_names.check(names, named=listing.named)
        if len(names) < 2:
            received = f"one class, {next(iter(names))!r}" if names else "none"
            raise UserError(
                f"Expected images of at least two classes in {data.source.path}, received {received}: a class is a "
                "folder in it or a label, so is the path one folder too high or too low?"
            )
        _require_unique(images)
        classes, positive, chosen = class_order.order(names, data.source.positive)
        if any(image.kind == "DICOM" and not image.group for image in images):
            notes.append("DICOM files without a group have that of their header: the patient, else the study")
        yield Contents(
            origin=listing.origin,  # without the path, which would differ on another machine
            entries=_enter(images, {name: index for index, name in enumerate(classes)}),
            total=len(images),
            size=sum(image.size for image in images),
            classes=classes,
            positive=positive,
            attributes=listing.attributes,
            notes=(*notes, *([chosen] if chosen else [])),
        )


def _enter(images: list[Listed], index_of: dict[str, int]) -> Iterator[Entry]:
    for image in images:
        group = image.group
        if image.kind == "DICOM" and not group:
            group = _read_patient(image)
        yield Entry(image.id, index_of[image.label], group or image.id, image.part, image.read, image.attributes)


def _read_patient(image: Listed) -> str:
    try:
        return dicom.patient(image.read())
    except UserError as error:
        if "pydicom to read" in str(error):
            raise
        return ""  # the split drops a damaged file, and says why


def _require_unique(images: list[Listed]) -> None:
    # sorted by id, so equal ones are neighbours
    for one, other in pairwise(images):
        if one.id == other.id:
            raise UserError(
                f"Expected names that differ in more than the form of their accents, received {one.id!r} twice: "
                "rename one."
            )
