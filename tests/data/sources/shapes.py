"""Draws three shapes in which people have images, for the tests and for whoever follows docs/own.md.

    python tests/data/sources/shapes.py FOLDER

    ham/    a table with published columns beside two folders of images, as HAM10000 is unpacked
    parts/  a folder per part of a split, with a folder per class in each
    med/    arrays in a .npz file, as MedMNIST packs them

Every image is grey noise with a square, whose brightness tells the class.
"""

import csv
import io
import sys
from pathlib import Path

import numpy as np
from PIL import Image

COLUMNS = ("lesion_id", "image_id", "dx", "dx_type", "age", "sex", "localization", "dataset")
DIAGNOSES = ("nv", "nv", "nv", "mel", "bkl", "bcc", "akiec")
SIDE = 28


def picture(generator, positive, side=SIDE):
    """uint8 pixels of one image."""
    pixels = generator.integers(0, 100, (side, side), np.uint8)
    top, left = generator.integers(0, side // 2, 2)
    pixels[top : top + side // 2, left : left + side // 2] += np.uint8(120 if positive else 30)
    return pixels


def jpeg(pixels):
    """The bytes of a JPEG file."""
    file = io.BytesIO()
    Image.fromarray(pixels).convert("RGB").save(file, "JPEG", quality=95)
    return file.getvalue()


def draw_ham(folder, lesions=140):
    """A table like HAM10000_metadata.csv, and its images in two folders; two images of every third lesion."""
    generator = np.random.default_rng(0)
    lines = []
    for lesion in range(lesions):
        diagnosis = DIAGNOSES[lesion % len(DIAGNOSES)]
        for _ in range(2 if lesion % 3 == 0 else 1):
            name = f"ISIC_{24306 + len(lines):07d}"
            part = folder / f"HAM10000_images_part_{1 + len(lines) % 2}"
            part.mkdir(parents=True, exist_ok=True)
            (part / f"{name}.jpg").write_bytes(jpeg(picture(generator, diagnosis in ("mel", "bcc", "akiec"))))
            age = "" if lesion % 10 == 9 else f"{20.0 + 5 * (lesion % 13)}"
            sex = ("male", "female", "unknown")[lesion % 3]
            lines.append((f"HAM_{lesion:07d}", name, diagnosis, "histo", age, sex, "back", "vidir_modern"))
    with (folder / "HAM10000_metadata.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([COLUMNS, *lines])
    return folder / "HAM10000_metadata.csv"


def draw_parts(folder, parts=("Train Data", "Test Data"), classes=("NORMAL", "PNEUMONIA"), count=60):
    """A folder per part, with a folder per class in each; a third as many images in the last part."""
    generator = np.random.default_rng(1)
    for part in parts:
        for label, name in enumerate(classes):
            (folder / part / name).mkdir(parents=True)
            for index in range(count if part == parts[0] else count // 3):
                (folder / part / name / f"{index:03d}.jpg").write_bytes(jpeg(picture(generator, label)))
    return folder


def draw_med(path, counts=(80, 20, 20)):
    """Arrays as MedMNIST packs them: train_images, train_labels of shape (n, 1), and so on."""
    generator = np.random.default_rng(2)
    arrays = {}
    for part, count in zip(("train", "val", "test"), counts, strict=True):
        labels = np.arange(count, dtype=np.uint8)[:, None] % 2
        arrays[f"{part}_images"] = np.stack([picture(generator, label) for (label,) in labels])
        arrays[f"{part}_labels"] = labels
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path, **arrays)
    return path


if __name__ == "__main__":
    root = Path(sys.argv[1])
    draw_ham(root / "ham")
    draw_parts(root / "parts")
    draw_med(root / "med" / "drawn.npz")
    print(f"{root} has ham, parts and med")
