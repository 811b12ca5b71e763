"""What a user should know of the images' values, in lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from cnnbench.data.images import ranges
from cnnbench.data.images.ranges import FEW, MANY, Measure, Range

UNLIKE = 0.05  # difference of the shares of a pixel type in two classes, from which it is told
WIDER = 2.0  # times that the range of one class is as wide as that of another, from which it is told
LISTED = 3  # ids in a line

_REMEDY = "set source.range in params.yaml, to [low, high] or to percentile"


class Measured(NamedTuple):
    """An image of more than 8 bits: its id, the name of its class, what it needs."""

    id: str
    title: str
    measure: Measure


def on_types(types: Mapping[str, Mapping[str, int]]) -> list[str]:
    """Whether the classes differ in pixel type; counts by class and type."""
    kinds = sorted({kind for counts in types.values() for kind in counts})
    shares = [{kind: counts.get(kind, 0) / sum(counts.values()) for kind in kinds} for counts in types.values()]
    if len(kinds) < 2:
        return []
    told = "; ".join(
        f"{name or 'all'} " + ", ".join(f"{count:,} of {kind}" for kind, count in counts.items())
        for name, counts in types.items()
    )
    if any(max(one[kind] for one in shares) - min(one[kind] for one in shares) > UNLIKE for kind in kinds):
        return [f"The classes differ in pixel type, which a network may learn in place of the content: {told}."]
    return [f"The images have several pixel types: {told}."]


def on_ranges(found: Mapping[str, Range], measured: Sequence[Measured]) -> list[str]:
    """The range of each pixel type, and the images that it does not suit."""
    lines = []
    for kind, (low, high, reason) in found.items():
        group = [one for one in measured if one.measure.kind == kind]
        lines.append(
            f"{kind}, {_count(len(group))}: {low:g} becomes black and {high:g} white ({reason}); otherwise {_REMEDY}."
        )
        clipped = [one.id for one in group if one.measure.least < low or one.measure.most > high]
        if clipped:
            lines.append(
                f"{kind}: {_count(len(clipped))} with values outside of that, which are clipped: {_some(clipped)}."
            )
        poor = [one.id for one in group if ranges.loses_levels(one.measure, low, high)]
        if poor:
            lines.append(
                f"{kind}: {_count(len(poor))} with fewer than {FEW} grey levels left of {MANY} and more, as most of "
                f"their values lie close together in that: {_some(poor)}; {_REMEDY}, or keep images of different "
                "devices in different data sets."
            )
        lines += _on_classes(kind, group)
    return lines


def on_pages(pages: Mapping[str, int]) -> list[str]:
    """Files of which the first page, picture, frame or the middle slice is taken."""
    if not pages:
        return []
    return [
        f"{_count(len(pages))} with several pages, frames or slices, of which one is taken (the first; of a volume the "
        f"middle one): {_some(sorted(pages), pages)}; save the others as files of their own to use them."
    ]


def on_unreadable(count: int) -> list[str]:
    """Images whose values could not be measured."""
    return [f"{_count(count)} of more than 8 bits that cannot be read; the split lists them."] if count else []


def _on_classes(kind: str, group: Sequence[Measured]) -> list[str]:
    """Whether the classes would have got other ranges, each alone."""
    alone = {
        title: ranges.find([one.measure for one in group if one.title == title])
        for title in sorted({one.title for one in group})
    }
    widths = [one.high - one.low for one in alone.values()]
    if max(widths) < WIDER * min(widths):
        return []
    told = ", ".join(f"{title} {one.low:g} to {one.high:g}" for title, one in alone.items())
    return [f"{kind}: the classes use other values, which a network may learn in place of the content: {told}."]


def _count(number: int) -> str:
    return f"{number:,} image{'s' if number != 1 else ''}"


def _some(ids: Sequence[str], numbers: Mapping[str, int] | None = None) -> str:
    told = [f"{name} ({numbers[name]:,})" if numbers else name for name in ids[:LISTED]]
    return ", ".join(told) + (", ..." if len(ids) > LISTED else "")
