"""`source.json`: what was fetched, from where, under which terms; it travels with the raw data."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict

from cnnbench.config import Task
from cnnbench.core import files
from cnnbench.core.errors import UserError
from cnnbench.data import sets
from cnnbench.data.sources import Example, groups

PROVENANCE = "source.json"


class Provenance(BaseModel):
    """What is known of the data in one raw folder.

    Attributes:
        dataset: Its name in `params.yaml`.
        definition: File name under `datasets/`.
        source: The source's name in `params.yaml`.
        synthetic: Whether the examples are made up.
        origin: Where they come from.
        input_shape: Of the tutorial, not of what was fetched; sides of 0 where there is none.
        expected: Examples that the publisher states; 0 where nobody does.
        examples: Examples that are used: those that were fetched, or as many of them as params.yaml allows.
        fetched: Examples in the folder.
        seed: Which of them are used, where not all are.
        counts: Of them, per class; empty for a regression.
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
    sha256: dict[str, str]


def read_provenance(raw: Path) -> Provenance:
    """Reads the `source.json` of a raw folder.

    Raises:
        UserError: The folder has none.
    """
    try:
        return Provenance.model_validate(files.read_json(raw / PROVENANCE))
    except FileNotFoundError:
        raise UserError(
            f"Expected {raw / PROVENANCE}, received none: run `dvc repro download@{raw.name}` first."
        ) from None
    except ValueError:  # of JSON, and of pydantic
        raise UserError(
            f"Expected {raw / PROVENANCE} as this version writes it, received another: "
            f"run `dvc repro -f download@{raw.name}`."
        ) from None


def read_examples(raw: Path) -> Iterator[Example]:
    """Yields the examples of a raw folder through the source that fetched them, with groups that the user gave.

    Where params.yaml caps their number, they are a sample at random from the source's seed, in the source's order.
    """
    known = read_provenance(raw)
    found = groups.apply(raw, sets.get(known.definition).source(known.source).examples(raw))
    chosen = used(known.fetched, known.examples, known.seed)
    return found if chosen is None else (example for index, example in enumerate(found) if index in chosen)


def used(fetched: int, cap: int | None, seed: int) -> set[int] | None:
    """Which of the fetched examples are used; None for all."""
    if cap is None or cap >= fetched:
        return None
    return set(np.random.default_rng(seed).permutation(fetched)[:cap].tolist())
