"""The audits of the splits as tables and sentences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from cnnbench.data.leakage import CLEAN, Audit, Pair, Reasons, Spread, state
from cnnbench.data.leakage_text import describe_reasons
from cnnbench.results.formatting import ABSENT
from cnnbench.results.reading import json_file

LISTED = 100  # dropped or odd examples; the others stand in leakage.json


class Row(NamedTuple):
    """The counts of a kind of copy, in words: in all, and in more than one part as used and as published."""

    kind: str
    held: str
    used: str
    official: str


class Sample(NamedTuple):
    """A finding with a few ids to look at."""

    finding: str
    ids: tuple[str, ...]


def load(folder: Path, datasets: Iterable[str]) -> dict[str, Audit]:
    """The audits of these data sets, sorted by name.

    Args:
        folder: Holds `<set>.leakage.json`, as the split stage leaves it.
        datasets: Names.

    Raises:
        UserError: One is missing or damaged.
    """
    paths = {name: folder / f"{name}.leakage.json" for name in sorted(datasets)}
    return {name: json_file(path, Audit) for name, path in paths.items()}


def without_pictures(audits: Mapping[str, Audit]) -> dict[str, Any]:
    """The content of reports/leakage.json."""
    return {
        name: audit.model_dump() | {"pairs": [pair.model_dump() | {"pictures": ()} for pair in audit.pairs]}
        for name, audit in audits.items()
    }


def describe_method(audit: Audit) -> str:
    """The split protocol, in a sentence."""
    dealt = {
        "grouped": "groups and exact copies are kept together",
        "image-level": "each image is dealt by itself, its group and its copies regardless",
        "official": "the test part that came with the data, the rest dealt with groups and exact copies kept together",
        "given": "as a split file has it",
    }
    near = {
        "join": "images that look alike count as copies",
        "report": "images that look alike are reported and may be parted",
        "ignore": "",  # which `leakage_text.note` says
    }
    method = "; ".join(filter(None, (dealt[audit.protocol], near[audit.near_copies])))
    twin = "" if state(audit) == CLEAN else " A twin of an example is a copy of it, or one of its group."
    return f"Protocol {audit.protocol}: {method}.{twin}"


def list_rows(audit: Audit) -> list[Row]:
    """A row for exact copies, near copies and groups."""
    kinds = [
        ("Exact copies", "exact"),
        ("Near copies, exact ones included", "near"),
        ("Groups, such as patients", "groups"),
    ]
    return [_row(audit, title, name) for title, name in kinds]


def _row(audit: Audit, title: str, name: str) -> Row:
    used: Spread | None = getattr(audit.used, name)
    # Not every publisher splits the data, so `official` may be None.
    official: Spread | None = getattr(audit.official, name, None)
    if used is None:
        return Row(title, "not looked for", ABSENT, ABSENT)
    noun = "groups" if name == "groups" else "clusters"
    return Row(
        title,
        _amount(used.clusters, used.examples, noun),
        _amount(used.clusters_across, used.examples_across, noun),
        _amount(official.clusters_across, official.examples_across, noun) if official else ABSENT,
    )


def _amount(clusters: int, examples: int, noun: str) -> str:
    return f"{clusters:,} {noun if clusters != 1 else noun[:-1]}, {examples:,} examples" if clusters else "none"


def describe_sizes(audit: Audit) -> str:
    """Examples per part, those left out, and those of odd files."""
    parts = ", ".join(f"{part} {count:,}" for part, count in audit.used.examples.items())
    odd = f" Odd files, kept: {describe_reasons(audit.odd)}." if audit.odd.examples else ""
    return f"Examples: {parts}. Dropped: {describe_reasons(audit.dropped)}.{odd}"


def describe_conflicts(audit: Audit) -> str:
    """Whether identical inputs have different labels, in a sentence."""
    odd = audit.conflicts
    if not odd.clusters:
        return "No identical examples have different labels."
    return f"Labels differ among identical examples: {_amount(odd.clusters, odd.examples, 'clusters')}."


def describe_pairs(audit: Audit) -> str:
    """How many test examples have a copy across parts, of which the nearest pairs are shown."""
    used = audit.used
    near = f" and {used.near.test_across:,} a near copy, exact ones included" if used.near else ""
    return (
        f"Of {used.examples['test']:,} test examples {used.exact.test_across:,} have an exact copy in train or "
        f"val{near}. Shown: {len(audit.pairs):,}, with the nearest copy. Bits: how many of the 256 of their perceptual "
        "hashes differ."
    )


def describe_pair(pair: Pair) -> str:
    """A pair in a line."""
    sides = ((pair.labels[0], "test", pair.test), (pair.labels[1], pair.part, pair.seen))
    return f"{describe_distance(pair)}: " + ", ".join(
        f"{part} {name}{f' ({label})' if label else ''}" for label, part, name in sides
    )


def describe_distance(pair: Pair) -> str:
    """How near the two are."""
    return "exact copy" if pair.bits is None else f"{pair.bits} bit{'' if pair.bits == 1 else 's'}"


def list_reasons(audit: Audit) -> dict[str, Reasons]:
    """The dropped and the odd examples, by heading, where there are any."""
    found = {"Dropped": audit.dropped, "Odd files, kept": audit.odd}
    return {heading: reasons for heading, reasons in found.items() if reasons.examples}


def list_samples(audit: Audit) -> Iterator[Sample]:
    """Ids of what crosses, and of identical examples with different labels."""
    sides = {"as used": audit.used, "as the data came split": audit.official}
    for side, parts in sides.items():
        if parts is not None:
            for kind, spread in (("Exact copies", parts.exact), ("Near copies", parts.near), ("Groups", parts.groups)):
                if spread is not None and spread.ids:
                    yield Sample(f"{kind} in more than one part, {side}", spread.ids)
    for ids in audit.conflicts.ids:
        yield Sample("Identical, with different labels", ids)
