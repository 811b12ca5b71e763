"""`source.json`: what was fetched, from where, under which terms; it travels with the raw data."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict

from cnnbench.config import Task
from cnnbench.core import files
from cnnbench.core.errors import UserError

FILE = "source.json"


class Provenance(BaseModel):
    """What is known of the data in one raw folder.

    Attributes:
        dataset: Its name in `params.yaml`.
        definition: Its folder under `data/sets/`.
        source: The source's name in `params.yaml`.
        synthetic: Whether the examples are made up.
        origin: Where they come from.
        input_shape: Of the tutorial, not of what was fetched; sides of 0 where there is none.
        expected: Examples that the publisher states; 0 where nobody does.
        examples: Examples in the folder: all that the source has, or as many as params.yaml allows.
        fetched: Examples that the source has.
        seed: Decides which are in the folder, where not all are.
        counts: Examples in the folder per class; empty for a regression.
        archives: SHA-256 of the publisher's archives, by file name; empty where there are none.
        sha256: Of every other file in the folder.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

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
    archives: dict[str, str]
    sha256: dict[str, str]


def read_provenance(raw: Path) -> Provenance:
    """Reads the `source.json` of a raw folder.

    Raises:
        UserError: The folder has none, or one of another version.
    """
    try:
        return Provenance.model_validate(files.read_json(raw / FILE))
    except FileNotFoundError:
        raise UserError(f"Expected {raw / FILE}, received none: run `dvc repro download@{raw.name}` first.") from None
    except ValueError:  # of JSON, and of pydantic
        raise UserError(
            f"Expected {raw / FILE} as this version writes it, received another: "
            f"run `dvc repro -f download@{raw.name}`."
        ) from None
