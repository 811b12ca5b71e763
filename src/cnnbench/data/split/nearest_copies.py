"""The nearest copies across the parts of a split, two by two, with small pictures to judge them by."""

from __future__ import annotations

import base64
import io
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image

from cnnbench.data import images, twins
from cnnbench.data.leakage import Pair
from cnnbench.data.provenance import read_provenance
from cnnbench.data.raw import read_examples

LISTED = 24  # pairs at most of exact copies, and as many of near ones
SIDE = 96  # pixels at most, of a picture


def find(split: pd.DataFrame, raw: Path) -> tuple[Pair, ...]:
    """The nearest copy in train or val of each test example that has one; exact copies first, then the nearest.

    Args:
        split: As `split_file.make` returns it, with the perceptual hashes.
        raw: The folder of its examples.

    Returns:
        At most `LISTED` of either kind; none where the examples are no images.
    """
    provenance = read_provenance(raw)
    if len(provenance.input_shape) != 3:
        return ()
    kept = split[split["dropped"] == ""].set_index("id")
    found = _match(kept, "sha256")
    exact, matched = found[:LISTED], [test for test, *_ in found]
    near = _match(kept.drop(index=matched), "near", kept)[:LISTED]
    pictures = _draw(raw, {name for pair in exact + near for name in pair[:2]})
    labels = [provenance.classes[int(label)] for label in kept["label"]] if provenance.classes else [""] * len(kept)
    label_of = dict(zip(kept.index, labels, strict=True))
    return tuple(
        Pair(
            test=test,
            seen=seen,
            part=str(kept.loc[seen, "split"]),
            labels=(label_of[test], label_of[seen]),
            bits=None if (test, seen, bits) in exact else bits,
            pictures=(pictures[test], pictures[seen]),
        )
        for test, seen, bits in exact + near
    )


def _match(tests: pd.DataFrame, key: str, others: pd.DataFrame | None = None) -> list[tuple[str, str, int]]:
    """Of each test example that has a twin by this key its id, that of the nearest and the bits; the nearest first."""
    others = tests if others is None else others
    tests = tests[twins.has_twin(others, others["split"], [key]).reindex(tests.index)]
    seen = others[others["split"].isin(["train", "val"]) & others[key].isin(tests[key])].sort_index()
    clusters = dict(tuple(seen.groupby(key)))
    found = []
    for value, members in tests.groupby(key):
        near = clusters[value]
        hashes = _bits(near["perceptual_hash"])
        for test, own in zip(members.index, _bits(members["perceptual_hash"]), strict=True):
            distances = np.bitwise_count(hashes ^ own).sum(axis=1)
            nearest = int(distances.argmin())  # the first by id of equals
            found.append((str(test), str(near.index[nearest]), int(distances[nearest])))
    return sorted(found, key=lambda pair: (pair[2], pair[0]))


def _bits(hashes: pd.Series[str]) -> NDArray[np.uint8]:
    # exact copies of one colour have no hash
    return np.array([list(bytes.fromhex(one or "00" * 32)) for one in hashes], np.uint8)


def _draw(raw: Path, names: set[str]) -> dict[str, str]:
    """A small JPEG of each example in base64: the same bytes on every processor, which PNG's compression is not."""
    provenance = read_provenance(raw)
    drawn = {}
    for example in read_examples(raw, names) if names else ():
        pixels = images.decode(example.data, provenance.input_shape[-1], provenance.ranges)
        image = Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels)
        image.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS, reducing_gap=None)
        file = io.BytesIO()
        image.save(file, "JPEG", quality=85)
        drawn[example.id] = base64.b64encode(file.getvalue()).decode("ascii")
    return drawn
