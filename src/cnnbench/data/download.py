"""The download step: the examples of a source, each read once, in the raw form."""

from __future__ import annotations

import contextlib
import filecmp
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from cnnbench.config import Data
from cnnbench.core import files
from cnnbench.core.printable import printable
from cnnbench.core.progress import bar
from cnnbench.data import raw as raw_form
from cnnbench.data import sets
from cnnbench.data.provenance import FILE, Provenance
from cnnbench.data.raw import Example
from cnnbench.data.sources import Contents, disk, groups
from cnnbench.data.survey import Findings, Survey


def fetch(
    name: str, data: Data, raw: Path, archives: Path | None = None, *, definition: str | None = None
) -> Provenance:
    """Fetches a data set into the folder `raw` and writes its `source.json`.

    Where `data.examples` caps their number, a sample drawn with `data.source.seed` is read, in the source's order.

    Args:
        name: In params.yaml.
        data: Its entry in params.yaml.
        raw: The folder to fill.
        archives: The user's folder of archives downloaded by hand; None where there is none.
        definition: Its folder under `data/sets/`; None where it has the same name.

    Raises:
        UserError: The data set or source does not exist or cannot be had, the disk is full, or the user's groups name
            other examples. Nothing is left in the folder.
    """
    definition = definition or name
    dataset = sets.get(definition)
    source = dataset.source(data.source.name)
    raw.mkdir(parents=True, exist_ok=True)
    own_groups = groups.read(data.source.groups) if data.source.groups else {}  # before a long download
    with (
        files.scratch(raw) as scratch,  # on the disk that has room for the data
        source.open(data, archives, scratch) as contents,
    ):
        count = min(contents.total, data.examples or contents.total)
        # a sample needs only its share of the room
        disk.require_room(raw, contents.size * count // contents.total)
        chosen = _choose(contents.total, count, data.source.seed)
        classes = contents.classes or dataset.classes
        notes = [*contents.notes, *contents.compare(dataset.expected)]
        examples = _read(contents, chosen, own_groups, notes)
        survey = Survey(classes) if len(dataset.input_shape) == 3 else None
        labels = raw_form.write_examples(
            raw, survey.watch(examples) if survey else examples, count, contents.attributes
        )
    findings = survey.finish(raw, data.source) if survey else Findings({}, {}, ())
    provenance = Provenance(
        dataset=name,
        definition=definition,
        source=data.source.name,
        synthetic=contents.synthetic,
        origin=contents.origin,
        title=dataset.title or name,
        task=dataset.task,
        classes=classes,
        unit=dataset.unit,
        input_shape=dataset.input_shape,
        expected=dataset.expected,
        citation=dataset.citation,
        licence=dataset.licence,
        examples=count,
        fetched=contents.total,
        seed=data.source.seed,
        counts={title: labels[index] for index, title in enumerate(classes)},
        positive=contents.positive or (classes[1] if len(classes) == 2 else ""),
        attributes=contents.attributes,
        ranges=findings.ranges,
        pixel_types=findings.pixel_types,
        notes=(*notes, *findings.notes),
        archives=contents.archives,
        sha256={path.name: files.sha256(path) for path in sorted(raw.iterdir()) if path.name != FILE},
    )
    files.write_json(raw / FILE, provenance.model_dump())
    _keep_once(raw)
    return provenance


def _keep_once(raw: Path) -> None:
    """Stores examples once that another data set has, too, such as one of the same images under another protocol.

    They have been read from the source all the same: the other may be older than the source, or than this code.
    """
    path = next(raw / name for name in (raw_form.IMAGES, raw_form.ARRAYS) if (raw / name).exists())
    for other in sorted(raw.parent.glob(f"*/{path.name}")):
        # not every file system has hard links, and the other may go while it is compared
        with contextlib.suppress(OSError):
            # a symbolic link leads into DVC's cache, which may be emptied
            if other.is_symlink() or other.samefile(path) or not filecmp.cmp(path, other, shallow=False):
                continue
            with files.aside(path) as part:
                part.unlink()
                part.hardlink_to(other)
            print(printable(f"{path.name} is that of {other.parent.name}, byte for byte, and stored once"))
            return


def _choose(total: int, count: int, seed: int) -> set[int] | None:
    """Indices of the examples to take; None for all."""
    if count == total:
        return None
    # the head of a permutation: a higher cap keeps the examples of a lower one
    return set(np.random.default_rng(seed).permutation(total)[:count].tolist())


def _read(
    contents: Contents, chosen: set[int] | None, own_groups: dict[str, str], notes: list[str]
) -> Iterator[Example]:
    """Yields the chosen examples, with the groups of the user's file; a last note may be on these."""
    with bar("storing examples", contents.total) as advance:
        # over all entries, or a group of an example outside of the sample would pass for an unknown id
        for index, entry in enumerate(groups.apply(own_groups, contents.entries, notes)):
            if chosen is None or index in chosen:
                yield Example(entry.id, entry.read(), entry.label, entry.group, entry.part, entry.attributes)
            advance()
