"""`source.json`: origin, licence and counts of the raw data in its folder."""

from __future__ import annotations

from pathlib import Path

from cnnbench.config import Task
from cnnbench.core.stored_model import StoredModel

FILE = "source.json"


class Provenance(StoredModel):
    """The content of `source.json`.

    Attributes:
        dataset, source: Their names in `params.yaml`.
        definition: The data set's folder under `data/sets/`.
        synthetic: Whether the examples are synthetic.
        origin: Where they come from.
        input_shape: Of the tutorial, not of what was fetched; sides of 0 where there is none.
        expected: Number of examples that the publisher states; 0 where none is stated.
        examples: Number of examples in the folder: all of the source's, or as many as params.yaml allows.
        fetched: Number of examples that the source has.
        seed: Of the sample that is in the folder where params.yaml caps their number.
        counts: Examples in the folder per class; empty for a regression.
        positive: Of two classes, the one that sensitivity and precision are about, which is the last; else empty.
        attributes: Names of the columns of examples.csv after its own.
        ranges: Values of images of more than 8 bits that become black and white, by type, such as uint16; one for the
            whole data set.
        pixel_types: Number of images of each pixel type, by class; empty for data that are no images.
        notes: What the user should know of the data, a line each, such as what was left out.
        archives: SHA-256 of the publisher's archives, by file name; empty where there are none.
        sha256: Of every other file in the folder.
    """

    dataset: str
    definition: str
    source: str
    synthetic: bool
    origin: str
    title: str
    task: Task
    classes: tuple[str, ...]
    unit: str
    input_shape: tuple[int, ...]
    expected: int
    citation: str
    licence: str
    examples: int
    fetched: int
    seed: int
    counts: dict[str, int]
    positive: str
    attributes: tuple[str, ...]
    ranges: dict[str, tuple[float, float]]
    pixel_types: dict[str, dict[str, int]]
    notes: tuple[str, ...]
    archives: dict[str, str]
    sha256: dict[str, str]


def read_provenance(raw: Path) -> Provenance:
    """Reads the `source.json` of a raw folder.

    Raises:
        UserError: It is missing, damaged or of another version.
    """
    return Provenance.read(raw / FILE, f"download@{raw.name}")
