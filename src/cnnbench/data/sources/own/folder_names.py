"""What the names of folders and files say: a part of a split, masks, or nothing but that there are images."""

from __future__ import annotations

import re

PARTS = {
    "train": "train",
    "training": "train",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "dev": "val",
    "eval": "val",
    "evaluation": "val",
    "test": "test",
    "testing": "test",
    "holdout": "test",
}
"""Users' names for the parts of a split, in lower case, and ours."""

_PLAIN = frozenset(
    (
        "data", "set", "sets", "dataset", "image", "images", "img", "imgs", "picture", "pictures", "photo",
        "photos", "file", "files", "folder", "folders", "fold", "folds", "part", "parts", "batch", "split", "splits",
    )
)  # fmt: skip
"""Words for what every folder of images holds, or a share of them."""

_MASKS = frozenset(
    (
        "mask", "masks", "annotation", "annotations", "segmentation", "segmentations", "contours", "gt", "groundtruth",
        "thumbnail", "thumbnails", "thumb", "thumbs",
    )
)  # fmt: skip
_MASK_FILE = re.compile(
    r"(.+?)[ _.-]*(?:masks?|seg|segmentation|labels?|gt|ground[ _-]?truth|thumb|thumbnail)(?:[ _.-]*\d+)?",
    re.IGNORECASE,
)
_SPELLINGS = (
    (re.compile("h[eo]ld[ _-]?out", re.IGNORECASE), "holdout"),
    # nnU-Net and the Medical Segmentation Decathlon: imagesTr, labelsTr, imagesTs
    (re.compile("(images|labels)Tr$"), r"\1 train"),
    (re.compile("(images|labels)Ts$"), r"\1 test"),
)
# from small to capital letter, and between letters and digits
_BORDERS = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])|[\W_]+")


def words(name: str) -> list[str]:
    """The words of a name in lower case: "seg_train", "TestSet", "val2017" and "trainset" have two each."""
    found = []
    for spelling, meant in _SPELLINGS:
        name = spelling.sub(meant, name)
    for word in filter(None, _BORDERS.split(name)):
        lower = word.lower()
        # written as one word
        part = next((part for part in PARTS if lower.startswith(part) and lower[len(part) :] in _PLAIN), "")
        found += [part, lower[len(part) :]] if part else [lower]
    return found


def part_of(name: str) -> tuple[str, tuple[str, ...]]:
    """The part of a split that a folder's name tells, empty where it tells none or two, and its further words."""
    all_of = words(name)
    named = [word for word in all_of if word in PARTS]
    rest = tuple(word for word in all_of if word not in PARTS and word not in _PLAIN)
    return (PARTS[named[0]] if len(named) == 1 else ""), rest


def names_part(name: str) -> bool:
    """Whether a name tells a part of a split, and nothing else."""
    part, rest = part_of(name)
    return bool(part) and not rest


def is_plain(name: str) -> bool:
    """Whether a name tells no more than that there are images, such as "images", "images_002" and "fold1"."""
    told = {word for word in words(name) if not word.isdecimal()}
    return bool(told) and told <= _PLAIN


def is_mask_folder(name: str) -> bool:
    """Whether a folder in that of a class has masks or thumbnails, by its name."""
    return bool(_MASKS & set(words(name))) or words(name) == ["ground", "truth"]


def is_masks_alone(name: str) -> bool:
    """Whether a folder is that of all masks, by its name; "mask" and "with_mask" may be classes of faces."""
    told = set(words(name))
    return told <= _MASKS | _PLAIN and any(word.endswith("s") for word in told & _MASKS)


def masked(stem: str) -> str:
    """The name of the image of which a file is the mask, such as "3" for "3_mask"; empty where it is no mask."""
    match = _MASK_FILE.fullmatch(stem)
    return match[1] if match else ""
