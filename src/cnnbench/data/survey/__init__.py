"""What the images of a data set are made of, found at download: pixel types, one range of values for each, pages."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from cnnbench.config import SourceChoice
from cnnbench.data import images
from cnnbench.data.images import ranges
from cnnbench.data.images.limits import MissingPackageError
from cnnbench.data.images.ranges import PERCENTILES, Histogram, Range, visible, wider
from cnnbench.data.images.stored import Stored
from cnnbench.data.raw import Example, map_examples, read_examples
from cnnbench.data.survey import notes
from cnnbench.data.survey.notes import Measured

SHALLOW = frozenset(("uint8", "bool"))
"""Pixel types of 8 bits and less, which need no range."""

PASSES = 10  # at most, for percentiles: each makes the bins thousands of times narrower

T = TypeVar("T")


class Findings(NamedTuple):
    """What `source.json` keeps of a survey.

    Attributes:
        ranges: Values that become black and white, by pixel type of more than 8 bits.
        pixel_types: Number of images of each pixel type, by class.
        notes: What the user should know, a line each.
    """

    ranges: dict[str, tuple[float, float]]
    pixel_types: dict[str, dict[str, int]]
    notes: tuple[str, ...]


class Survey:
    """Looks at the header of every image that is stored, and then at the pixels of those of more than 8 bits.

    Args:
        classes: Their names; empty for a regression.
    """

    def __init__(self, classes: Sequence[str]) -> None:
        self._classes = classes
        self._types: dict[str, Counter[str]] = defaultdict(Counter)
        self._deep: set[str] = set()
        self._pages: dict[str, int] = {}

    def watch(self, examples: Iterable[Example]) -> Iterator[Example]:
        """Passes examples on, and looks at each.

        Raises:
            UserError: One needs an optional package that is missing.
        """
        for example in examples:
            try:
                kind, pages = images.look(example.data)
            except MissingPackageError:
                raise
            except Exception:  # any, of a damaged file: the split drops it, with the reason
                kind, pages = "", 1
            if kind:
                self._types[self._class(example)][kind] += 1
            if kind and kind not in SHALLOW:
                self._deep.add(example.id)
            if pages > 1:
                self._pages[example.id] = pages
            yield example

    def finish(self, raw: Path, choice: SourceChoice) -> Findings:
        """Finds the ranges from the images that are stored.

        Args:
            raw: The folder that now holds the examples.
            choice: Its `range` is the user's.

        Raises:
            UserError: An image needs an optional package that is missing.
        """
        measured = [
            Measured(example.id, self._class(example), one)
            for example, one in self._map(raw, "measuring", ranges.measure)
        ]
        kinds = sorted({one.measure.kind for one in measured})
        found = {kind: ranges.find([one.measure for one in measured if one.measure.kind == kind]) for kind in kinds}
        if choice.range == "percentile":
            found = self._percentiles(raw, measured)
        elif choice.range is not None:
            found = dict.fromkeys(kinds, Range(*choice.range, "as source.range says"))
        types = {name: dict(sorted(self._types[name].items())) for name in (*self._classes, "") if self._types[name]}
        return Findings(
            ranges={kind: (one.low, one.high) for kind, one in found.items()},
            pixel_types=types,
            notes=(
                *notes.on_types(types),
                *notes.on_ranges(found, measured),
                *notes.on_pages(self._pages),
                *notes.on_unreadable(len(self._deep) - len(measured)),
            ),
        )

    def _percentiles(self, raw: Path, measured: Sequence[Measured]) -> dict[str, Range]:
        """Percentiles of all pixels of each type, in a second pass.

        A few huge values widen the bins, and then further passes narrow them.
        """
        histograms = {}
        for kind in sorted({one.measure.kind for one in measured}):
            group = [one.measure for one in measured if one.measure.kind == kind]
            low, high = min(one.low for one in group), max(one.high for one in group)
            histograms[kind] = Histogram(low, high, whole=all(one.whole for one in group))

        def count(stored: Stored) -> tuple[str, NDArray[np.int64]]:
            kind = stored.values.dtype.name
            return kind, histograms[kind].count(visible(stored))

        ends: dict[str, tuple[float, float]] = {}
        for _ in range(PASSES):
            for _, (kind, counts) in self._map(raw, "percentiles", count):
                histograms[kind].add(counts)
            ends = {
                kind: (one.percentile(PERCENTILES[0]), one.percentile(PERCENTILES[1]))
                for kind, one in histograms.items()
            }
            if all(one.is_fine(*ends[kind]) for kind, one in histograms.items()):
                break
            histograms = {kind: one.narrow(*ends[kind]) for kind, one in histograms.items()}
        reason = "the {:g}th and {:g}th percentile of all pixels".format(*PERCENTILES)
        return {kind: Range(low, wider(low, high), reason) for kind, (low, high) in ends.items()}

    def _map(self, raw: Path, label: str, function: Callable[[Stored], T]) -> Iterator[tuple[Example, T]]:
        """Of every image of more than 8 bits that can be read."""
        if not self._deep:
            return

        def examine(example: Example) -> tuple[Example, T] | None:
            try:
                return example._replace(data=None), function(images.read(example.data))
            except MissingPackageError:
                raise
            except Exception:  # as above
                return None

        deep = (example for example in read_examples(raw) if example.id in self._deep)
        for one in map_examples(examine, deep, f"{label} {raw.name}", len(self._deep)):
            if one is not None:
                yield one

    def _class(self, example: Example) -> str:
        return self._classes[int(example.label)] if self._classes else ""
