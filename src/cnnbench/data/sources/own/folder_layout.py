"""What the folders below a user's folder stand for: classes, or parts of a split with the classes in them."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Collection
from pathlib import Path

from cnnbench.core.errors import UserError
from cnnbench.data.sources.own.folder_names import is_mask_folder, is_masks_alone, is_plain, names_part, part_of
from cnnbench.data.sources.walking import is_hidden, look, subfolders

_TABLE = "list the images in a CSV file with the columns file, label and split"


def find_parts(root: Path, named: Collection[str] = ()) -> dict[str, str]:
    """The parts of a split that the folders in `root` are, by the folders' names; empty where they are classes.

    Folders are parts whose names have a word for a part, such as train, and else the same words.

    Args:
        root: The user's folder.
        named: Classes that the user has named: folders among them are no parts.

    Raises:
        UserError: Some are parts and some are not.
    """
    tops = [folder.name for folder in subfolders(root)]
    if _names_some(named, tops):
        return {}
    told = {name: part_of(name) for name in tops}
    by_rest: dict[tuple[str, ...], list[str]] = {}
    for name, (part, rest) in told.items():
        if part:
            by_rest.setdefault(rest, []).append(name)
    # with other words, as in test_positive and test_negative, they are classes, unless the words are the same
    parts = [
        name for rest, names in by_rest.items() if not rest or len({told[name][0] for name in names}) > 1
        for name in names
    ]  # fmt: skip
    if not parts:
        return {}
    others = [name for name in tops if name not in parts]
    if others:
        raise UserError(
            f"Expected the folders in {root} to be either all classes or all parts of a split (train, val, test), "
            f"received both, such as {others[0]!r} and {parts[0]!r}: move one kind away, or {_TABLE}."
        )
    return {name: told[name][0] for name in parts}


def require_classes(folder: Path, named: Collection[str]) -> None:
    """Checks that the folders in `folder` can be classes.

    Args:
        folder: That of the images, or of a part of a split.
        named: Classes that the user has named: where folders are among them, the others are left out, and no matter.

    Raises:
        UserError: One is a part of a split or only "images", or all of them hold the same folders, as do the hospitals
            of one study, each with all classes.
    """
    tops = subfolders(folder)
    if _names_some(named, [top.name for top in tops]):
        return
    for top in tops:
        if names_part(top.name):
            raise UserError(
                f"Expected the folders of classes in {folder}, received {top.name!r}, a part of a split: move it "
                f"beside the other parts with a folder per class in it, move unlabelled images away, or {_TABLE}."
            )
    if plain := [top.name for top in tops if is_plain(top.name) or is_masks_alone(top.name)]:
        raise UserError(
            f"Expected the folders of classes in {folder}, received {plain[0]!r}, which names no class: set "
            "source.path to the folder that has a folder per class, move this one away, list the images in a CSV file, "
            "or name the classes under source.labels."
        )
    inside = {
        top: [sub.name for sub in subfolders(top) if not (is_plain(sub.name) or is_mask_folder(sub.name))]
        for top in tops
    }
    for top, names in inside.items():
        if part := next(filter(names_part, names), None):
            deeper = subfolders(top / part)
            remedy = f"set source.path to {top}" if deeper else f"move it to '{part}/{top.name}' and so on, or {_TABLE}"
            raise UserError(
                f"Expected parts of a split above the classes in {folder}, received {'them' if deeper else 'one'} in a "
                f"folder further down, '{top.name}/{part}': {remedy}."
            )
    counts = Counter(name.casefold() for names in inside.values() for name in names)
    if len(tops) < 2 or not all(inside.values()) or all(map(_has_images, tops)):
        return
    # few folders of patients are in two classes
    shared = [sum(counts[name.casefold()] > 1 for name in names) / len(names) for names in inside.values()]
    if len(counts) > 1 and min(shared) >= 0.5:
        first = inside[tops[0]][0]
        second = max((name for names in inside.values() for name in names), key=str.casefold)
        raise UserError(
            f"Expected a folder per class in {folder}, received folders that hold the same folders, such as "
            f"'{tops[0].name}/{first}' and '{tops[1].name}/{inside[tops[1]][0]}'. If {first!r} and {second!r} are the "
            f"classes: set source.path to one of the upper folders, or list all images in a CSV file with the columns "
            f"file, label and site (`attributes: [site]`). If {tops[0].name!r} and {tops[1].name!r} are: name them "
            f"under source.labels."
        )


def _names_some(named: Collection[str], folders: list[str]) -> bool:
    return any(unicodedata.normalize("NFC", name) in named for name in folders)


def _has_images(folder: Path) -> bool:
    # stops at the first
    return any(path.is_file() and not is_hidden(path.name) and look(path).kind for path in folder.iterdir())
