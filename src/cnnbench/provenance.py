"""`source.json`: what was fetched, from where, under which terms; it travels with the raw data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from cnnbench import datasets, files
from cnnbench.errors import UserError
from cnnbench.params import Data, Task
from cnnbench.sources import Example

FILE = "source.json"


class Provenance(BaseModel):
    """What is known of the data in one raw folder.

    Attributes:
        dataset: File name under `datasets/`.
        source: The source's name in `params.yaml`.
        synthetic: Whether the examples are made up.
        grouped: Whether examples share groups.
        origin: Where they come from.
        input_shape: Of the tutorial, not of what was fetched.
        expected: Examples that the publisher states.
        examples: Examples that were fetched.
        counts: Of them, per class; empty for a regression.
        sha256: Of every other file in the folder.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    dataset: str
    source: str
    synthetic: bool
    grouped: bool
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
    counts: dict[str, int]
    sha256: dict[str, str]


def fetch(name: str, data: Data, raw: Path) -> Provenance:
    """Fetches the data set `name` as `data` says into the folder `raw` and writes its `source.json`.

    Raises:
        UserError: There is no such data set or source, or the source cannot be had.
    """
    dataset = datasets.get(name)
    source = dataset.source(data.source)
    raw.mkdir(parents=True, exist_ok=True)
    source.fetch(raw, data)
    classes = source.classes or dataset.classes
    labels = [example.label for example in source.examples(raw)]
    per_class = Counter(labels) if classes else Counter[float]()
    provenance = Provenance(
        dataset=name,
        source=data.source,
        synthetic=source.synthetic,
        grouped=source.grouped,
        origin=source.origin,
        title=dataset.title,
        task=dataset.task,
        classes=classes,
        unit=dataset.unit,
        input_shape=dataset.input_shape,
        expected=dataset.expected,
        citation=dataset.citation,
        licence=dataset.licence,
        examples=len(labels),
        counts={title: per_class[index] for index, title in enumerate(classes)},
        sha256={path.name: files.sha256(path) for path in sorted(raw.iterdir()) if path.name != FILE},
    )
    files.write_json(raw / FILE, provenance.model_dump())
    return provenance


def read(raw: Path) -> Provenance:
    """Reads the `source.json` of a raw folder.

    Raises:
        UserError: The folder has none.
    """
    try:
        return Provenance.model_validate(files.read_json(raw / FILE))
    except FileNotFoundError:
        raise UserError(f"Expected {raw / FILE}, received none: run `dvc repro download@{raw.name}` first.") from None


def examples(raw: Path) -> Iterator[Example]:
    """Yields the examples of a raw folder through the source that fetched them."""
    known = read(raw)
    return datasets.get(known.dataset).source(known.source).examples(raw)
