"""`source.json`: what was fetched, from where, under which terms; it travels with the raw data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict

from cnnbench import datasets, files, groups
from cnnbench.errors import UserError
from cnnbench.params import Data, Task
from cnnbench.sources import Example

FILE = "source.json"


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


def fetch(
    name: str, data: Data, raw: Path, archives: Path | None = None, *, definition: str | None = None
) -> Provenance:
    """Fetches the data set `name` as `data` says into the folder `raw` and writes its `source.json`.

    Args:
        name: In params.yaml.
        data: What params.yaml says of it.
        raw: The folder to fill.
        archives: The user's folder of archives downloaded by hand; None where there is none.
        definition: File name under `datasets/`; None where it is the name.

    Raises:
        UserError: There is no such data set or source, or the source cannot be had.
    """
    definition = definition or name
    dataset = datasets.get(definition)
    source = dataset.source(data.source.name)
    raw.mkdir(parents=True, exist_ok=True)
    given = groups.read(data.source.groups) if data.source.groups else {}  # before a long download
    fetched = source.fetch(raw, data, archives)
    found = [(example.id, example.label) for example in source.examples(raw)]
    if given:
        groups.write(raw, given, {key for key, _ in found}, capped=data.examples is not None)
    classes = fetched.classes or dataset.classes
    used = _used(len(found), data.examples, data.source.seed)
    labels = [label for index, (_, label) in enumerate(found) if used is None or index in used]
    per_class = Counter(labels) if classes else Counter[float]()
    provenance = Provenance(
        dataset=name,
        definition=definition,
        source=data.source.name,
        synthetic=source.synthetic,
        origin=fetched.origin,
        title=dataset.title or name,
        task=dataset.task,
        classes=classes,
        unit=dataset.unit,
        input_shape=dataset.input_shape,
        expected=dataset.expected,
        citation=dataset.citation,
        licence=dataset.licence,
        examples=len(labels),
        fetched=len(found),
        seed=data.source.seed,
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
    except ValueError:  # of JSON, and of pydantic
        raise UserError(
            f"Expected {raw / FILE} as this version writes it, received another: "
            f"run `dvc repro -f download@{raw.name}`."
        ) from None


def examples(raw: Path) -> Iterator[Example]:
    """Yields the examples of a raw folder through the source that fetched them, with groups that the user gave.

    Where params.yaml caps their number, they are a sample at random from the source's seed, in the source's order.
    """
    known = read(raw)
    found = groups.apply(raw, datasets.get(known.definition).source(known.source).examples(raw))
    used = _used(known.fetched, known.examples, known.seed)
    return found if used is None else (example for index, example in enumerate(found) if index in used)


def _used(fetched: int, cap: int | None, seed: int) -> set[int] | None:
    """Which of the fetched examples are used; None for all."""
    if cap is None or cap >= fetched:
        return None
    return set(np.random.default_rng(seed).permutation(fetched)[:cap].tolist())
