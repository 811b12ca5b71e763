"""Images in a folder per class, with or without a folder per part of a split above them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from pathlib import Path, PurePath

from cnnbench.core.errors import UserError
from cnnbench.data.sources.own.folder_layout import find_parts, require_classes
from cnnbench.data.sources.own.folder_names import is_mask_folder, masked
from cnnbench.data.sources.own.listed import Listed, Listing, canonical_name, list_file
from cnnbench.data.sources.own.user_table import SUFFIXES
from cnnbench.data.sources.walking import HIDDEN, LOOP, Found, describe_left_out, subfolders, walk


def list_images(root: Path, named: Collection[str] = ()) -> Listing:
    """The images of `root/<class>/*` or `root/<part>/<class>/*`, also in folders further down.

    Masks are left out: folders in that of a class that are called so, and a file with the name of an image and _mask.

    Args:
        root: The folder.
        named: Names of folders that the user has called classes.

    Raises:
        UserError: There are no images, the folder has neither form, a class has no images, or the system does not let
            a file be read.
    """
    parts = find_parts(root, named)
    for above in _above_classes(root, parts):
        require_classes(above, named)
    images: list[Listed] = []
    left_out: list[Found] = []
    deeper: Counter[tuple[str, ...]] = Counter()
    depth = 1 + bool(parts)  # of the images
    for found in _leave_out_masks([*walk(root)], root, depth):
        if found.refused:
            raise UserError(f"Expected files in {root} that can be read, received {found.why}.")
        if found.why == LOOP:
            raise UserError(f"Expected folders that end, received {found.path}, {LOOP}: remove the link.")
        if not found.kind:
            left_out.append(found)
            continue
        inside = found.path.relative_to(root)
        key = canonical_name(inside.as_posix())
        above_file = PurePath(key).parts[:-1]
        if len(above_file) < depth:
            raise UserError(
                f"Expected images in a folder per class, received {inside.as_posix()!r} directly in "
                f"{found.path.parent}: move it into the folder of its class, or "
                f"{_suggest_table(found.path.parent)}."
            )
        if len(above_file) > depth:
            deeper[above_file] += 1
        images.append(list_file(found, key, above_file[depth - 1], part=parts.get(inside.parts[0], "")))
    notes = describe_left_out(root, left_out)
    if not images:
        others = "; ".join(note.removeprefix("left out: ") for note in notes if HIDDEN not in note) or "none"
        packed = next((one.path for one in left_out if one.path.suffix.lower() in (".npz", ".zip")), None)
        remedy = "unpack it" if packed and packed.suffix.lower() == ".zip" else f"set source.path to {packed}"
        raise UserError(f"Expected images in {root}, received {others}{f': {remedy}' if packed else ''}.")
    if not named:  # others than those that are named are left out
        _require_every_class(root, parts, images)
    if deeper:
        name, count = min(deeper.items())
        called = sorted({folders[-1] for folders in deeper})
        notes.append(
            f"{deeper.total():,} images lie in {len(deeper):,} folders in those of the classes, such as {count:,} in "
            f"{'/'.join(name)!r}: they count to the class"
            + (f"; the folders are called {', '.join(map(repr, called))}" if 1 < len(called) <= 5 else "")
        )
    return Listing("a folder of images", images, notes, named=True)


def _suggest_table(folder: Path) -> str:
    """What to do with images that are not in folders, where a table may lie beside them."""
    beside = sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)
    table = next((path for path in beside if path.suffix.lower() != ".txt"), None)
    if table:
        return f"set source.path to a table that lists the images, such as {table}"
    return "list the images in a CSV file"


def _above_classes(root: Path, parts: dict[str, str]) -> list[Path]:
    return [root / part for part in parts] or [root]


def _leave_out_masks(all_of: list[Found], root: Path, depth: int) -> list[Found]:
    stems = {one.path.with_suffix("") for one in all_of if one.kind}

    def is_mask(one: Found) -> bool:
        image = masked(one.path.stem)
        folders = one.path.relative_to(root).parts[depth:-1]
        return any(map(is_mask_folder, folders)) or (bool(image) and one.path.with_name(image) in stems)

    return [one._replace(kind="", why="mask or thumbnail") if one.kind and is_mask(one) else one for one in all_of]


def _require_every_class(root: Path, parts: dict[str, str], images: list[Listed]) -> None:
    named = {canonical_name(folder.name) for top in _above_classes(root, parts) for folder in subfolders(top)}
    # the class would vanish without a word
    if empty := sorted(named - {image.label for image in images}):
        raise UserError(
            f"Expected images of every class in {root}, received none in the folder {empty[0]!r}: "
            "add images or remove the folder."
        )
