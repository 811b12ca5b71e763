"""Examines every example of a raw folder once: readable, large enough, hashes of its content."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cnnbench.core.errors import UserError
from cnnbench.data import images
from cnnbench.data.images.limits import MissingPackageError
from cnnbench.data.provenance import read_provenance
from cnnbench.data.raw import Example, map_examples, read_examples
from cnnbench.data.split import near_copies

ENOUGH = (
    512,
    512,
)  # pixels, height and width: what copies are told by; a larger JPEG file is decoded at a half or less
MIN_SIDE = 16  # pixels; an image with a shorter side has too little content to classify

COLUMNS = ["id", "label", "group", "part", "sha256", "perceptual_hash", "dropped", "warning"]  # then the attributes


def scan(raw: Path, *, perceptual: bool) -> pd.DataFrame:
    """Decodes every example of a raw folder.

    Args:
        raw: A folder that the download step has filled.
        perceptual: Whether to compute the perceptual hashes, which find images that look alike.

    Returns:
        A row per example, sorted by id: id, label, group, part, sha256 of the decoded content, perceptual_hash
        (in hex, empty where it is not wanted), dropped (why it cannot be used; empty where it can), warning (what is
        odd about its file; empty where nothing is), and the attributes.
    """
    provenance = read_provenance(raw)
    image = len(provenance.input_shape) == 3
    channels = provenance.input_shape[-1]

    def examine(example: Example) -> dict[str, Any]:
        row = {"id": example.id, "label": example.label, "group": example.group, "part": example.part, "warning": ""}
        row |= dict(zip(provenance.attributes, example.attributes, strict=True))
        if not image:
            return row | {"sha256": images.digest(np.asarray(example.data)), "perceptual_hash": "", "dropped": ""}
        try:
            pixels, warnings = images.examine(example.data, channels, provenance.ranges, ENOUGH)
        except MissingPackageError:
            raise
        except UserError as error:
            return row | {"sha256": "", "perceptual_hash": "", "dropped": f"unreadable: {error}"}
        height, width = pixels.shape[:2]
        small = min(height, width) < MIN_SIDE
        return row | {
            "warning": "; ".join(warnings),
            "sha256": images.digest(pixels),
            "perceptual_hash": near_copies.perceptual_hash(pixels) if perceptual and not small else "",
            "dropped": f"too small: {width}x{height} pixels, a side under {MIN_SIDE}" if small else "",
        }

    rows = list(map_examples(examine, read_examples(raw), f"reading {raw.name}", provenance.examples))
    # by id: a split must not depend on the order of the source
    return pd.DataFrame(rows, columns=[*COLUMNS, *provenance.attributes]).sort_values("id", ignore_index=True)
