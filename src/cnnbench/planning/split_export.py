"""A split as files for other tools: a table of ids, parts and labels, and the images."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

from cnnbench.config import PARTS, Params
from cnnbench.core import files
from cnnbench.core.csv_cells import guard
from cnnbench.core.errors import UserError
from cnnbench.data.provenance import read_provenance
from cnnbench.data.raw import read_examples
from cnnbench.planning import split_parts

COLUMNS = ("id", "part", "label", "group")


def export(knobs: Params, root: Path, name: str, out: Path, images: Path | None = None) -> dict[str, int]:
    """Writes the split of a run or a data set.

    The labels of test examples are left out: whoever brings predictions of them should not have seen them.

    Args:
        knobs: params.yaml.
        root: Its folder.
        name: Of the run, or of the data set.
        out: The CSV file: id, part, label (empty in test), group and, with images, file.
        images: A new folder for the stored images, one for each part; None for none.

    Returns:
        The number of examples by part.

    Raises:
        UserError: The split or the data are not there, or the folder has something in it.
    """
    target = split_parts.find(knobs, name)
    split = split_parts.read(root, knobs, target).set_index("id")
    raw = root / "data/raw" / target.dataset
    classes = read_provenance(raw).classes
    written: dict[str, str] = {}
    if images is not None:
        if images.exists() and (not images.is_dir() or any(images.iterdir())):
            raise UserError(f"Expected a new folder for the images, received {images}, which is there: name another.")
        for number, example in enumerate(read_examples(raw, set(split.index)), start=1):
            # by number: an id may be a path that leaves the folder, or that differs by case alone
            stem = Path(str(split.loc[example.id, "part"]), f"{number:06}")
            written[example.id] = _write(images, stem, example.id, example.data)
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*COLUMNS, *(["file"] if images else [])])
    for one, part, number, group in zip(split.index, split["part"], split["label"], split["group"], strict=True):
        label = classes[int(number)] if classes else repr(float(number))
        cells = [one, part, "" if part == "test" else label, group]
        writer.writerow([*map(guard, cells), *([written[one]] if images else [])])
    files.write_text(out, text.getvalue())
    return {part: int((split["part"] == part).sum()) for part in PARTS}


def _write(folder: Path, stem: Path, name: str, data: Any) -> str:
    """Writes an image as it is stored, an array as .npy; returns its path below the folder."""
    path = stem.with_suffix(Path(name).suffix if isinstance(data, bytes) else ".npy")
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    if isinstance(data, bytes):
        (folder / path).write_bytes(data)
    else:
        import numpy as np

        np.save(folder / path, data, allow_pickle=False)
    return path.as_posix()
