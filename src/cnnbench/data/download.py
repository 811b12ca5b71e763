"""Fetches a data set from its source into a raw folder."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from cnnbench.config import Data
from cnnbench.core import files
from cnnbench.data import sets
from cnnbench.data.raw import PROVENANCE, Provenance, used
from cnnbench.data.sources import groups


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
    dataset = sets.get(definition)
    source = dataset.source(data.source.name)
    raw.mkdir(parents=True, exist_ok=True)
    given = groups.read(data.source.groups) if data.source.groups else {}  # before a long download
    fetched = source.fetch(raw, data, archives)
    found = [(example.id, example.label) for example in source.examples(raw)]
    if given:
        groups.write(raw, given, {key for key, _ in found}, capped=data.examples is not None)
    classes = fetched.classes or dataset.classes
    chosen = used(len(found), data.examples, data.source.seed)
    labels = [label for index, (_, label) in enumerate(found) if chosen is None or index in chosen]
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
        sha256={path.name: files.sha256(path) for path in sorted(raw.iterdir()) if path.name != PROVENANCE},
    )
    files.write_json(raw / PROVENANCE, provenance.model_dump())
    return provenance
