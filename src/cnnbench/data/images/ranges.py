"""Finds the values that become black and white, once for a whole data set and each of its pixel types.

Whole numbers without negatives: the bits in use, one of 8, 10, 12, 14 and 16. Floats: 0 to 1, -1 to 1 or 0 to 255 where
they fit. Else from the lowest value to the highest. A window or a number of bits that every file declares comes first,
unless hardly any of these bits are in use.
An image's outliers, at most a pixel in a thousand, do not count: one dead pixel would turn a data set black, and
resampling overshoots.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnbench.data.images.stored import Stored

OUTLIERS = 0.001  # of an image's pixels, at most, and at least one
BITS = (8, 10, 12, 14, 16)
PERCENTILES = (0.5, 99.5)
_USED = 0.25  # of a usual scale, at least: one of which less is used would lose most levels
_DECLARED = 0.125  # of the declared bits, at least: many writers declare all 16 of what has 12
FEW, MANY = 32, 64  # grey levels: fewer than FEW that are left of MANY and more are told
_RUNS = 16  # of an image's levels, parted at their widest gaps
_SHARES = ((0.0, 1.0), (-1.0, 1.0), (0.0, 255.0))  # scales of floats
_OVERSHOOT = 0.05  # of the scale's width
_BINS = 2**16
_FINE = 256  # bins of a histogram between two percentiles that are to be a range


class Measure(NamedTuple):
    """What one image of more than 8 bits needs.

    Attributes:
        kind: Pixel type, such as uint16.
        low, high: Of its values, without outliers.
        least, most: Of all its values.
        levels: Number of its different values.
        runs: Of these, parted at the widest gaps: first, last, how many; float64 (runs, 3).
        whole: Whether all are whole numbers.
        white, window: As the file declares them.
    """

    kind: str
    low: float
    high: float
    least: float
    most: float
    levels: int
    runs: NDArray[np.float64]
    whole: bool
    white: float | None
    window: tuple[float, float] | None


class Range(NamedTuple):
    """The values that become black and white, and in words how they were found."""

    low: float
    high: float
    reason: str


def measure(stored: Stored) -> Measure:
    """Measures an image.

    Raises:
        ValueError: A value is not finite.
    """
    values = visible(stored)
    if values.dtype.kind in "iu" and values.dtype.itemsize <= 2:
        start = int(values.min())
        counts = np.bincount((values.astype(np.int64) - start).ravel())
        levels = np.flatnonzero(counts) + start
        counts = counts[levels - start]
    else:
        levels, counts = np.unique(values.astype(np.float64), return_counts=True)
        if not np.isfinite(levels[[0, -1]]).all():  # NaN is sorted last
            raise ValueError("NaN or infinite values: replace them")
    outside = max(1, int(OUTLIERS * values.size))
    below = np.cumsum(counts)
    low = levels[min(int(np.searchsorted(below, outside, side="right")), len(levels) - 1)]
    high = levels[int(np.searchsorted(below, values.size - outside))]
    return Measure(
        kind=values.dtype.name,
        low=float(min(low, high)),
        high=float(max(low, high)),
        least=float(levels[0]),
        most=float(levels[-1]),
        levels=len(levels),
        runs=_runs(levels),
        whole=values.dtype.kind in "iu" or bool((levels % 1 == 0).all()),
        white=stored.white,
        window=stored.window,
    )


def visible(stored: Stored) -> NDArray[Any]:
    """The values that count: what is wholly transparent may have any, and a scanner's padding has its own."""
    if stored.opacity is None or not (seen := stored.opacity > 0).any():
        return stored.values
    values: NDArray[Any] = stored.values[seen]
    return values


def wider(low: float, high: float) -> float:
    """The high end of a range, above its low end even where all values are equal."""
    return high if high > low else low + max(1.0, abs(low))


def find(measures: Sequence[Measure]) -> Range:
    """The range of images of one type."""
    low, high = min(one.low for one in measures), max(one.high for one in measures)
    windows = {one.window for one in measures}
    if len(windows) == 1 and (window := windows.pop()) is not None:
        return Range(*window, "the window that every file declares")
    whole = all(one.whole for one in measures)
    if not whole or (measures[0].kind.startswith("float") and low >= -1 and high <= 1):
        for black, white in _SHARES:
            room = _OVERSHOOT * (white - black)
            used = max(abs(low), abs(high)) / white
            if black - room <= low and high <= white + room and used > _USED:
                return Range(black, white, "the usual scale that holds them")
    elif low >= 0:
        whites = {one.white for one in measures}
        if len(whites) == 1 and (declared := whites.pop()) and _DECLARED * declared < high <= declared:
            return Range(0, declared, "the bits that every file declares")
        for bits in BITS:
            if high < 2**bits:
                return Range(0, 2**bits - 1, f"{bits} bits in use")
        return Range(0, high, "up to the highest value")
    return Range(low, wider(low, high), "from the lowest value to the highest")


def kept_levels(one: Measure, low: float, high: float) -> int:
    """How many of an image's grey levels are left, at most, of the 256 of a range."""
    seen = np.clip(one.runs[:, :2], max(one.low, low), max(min(one.high, high), low))
    first, last = np.rint((seen - low) / (high - low) * 255).T
    # a run may begin in the grey in which the one before ends
    first[1:] = np.maximum(first[1:], last[:-1] + 1)
    # of a run that is clipped, a share of its levels
    width, inside = one.runs[:, 1] - one.runs[:, 0], seen[:, 1] - seen[:, 0]
    levels = np.ceil(one.runs[:, 2] * np.divide(inside, width, out=np.ones_like(width), where=width > 0))
    return max(1, int(np.clip(last - first + 1, 0, levels).sum()))


def loses_levels(one: Measure, low: float, high: float) -> bool:
    """Whether a range takes nearly all levels of an image that has many."""
    return one.levels >= MANY and kept_levels(one, low, high) < FEW


def _runs(levels: NDArray[Any]) -> NDArray[np.float64]:
    begins = np.sort(np.argsort(np.diff(levels), kind="stable")[-(_RUNS - 1) :]) + 1
    begins = np.concatenate([[0], begins])
    ends = np.append(begins[1:], len(levels))
    return np.stack([levels[begins], levels[ends - 1], ends - begins], axis=1).astype(np.float64)


class Histogram:
    """Counts of the values of all images of one type, for percentiles of the whole data set."""

    def __init__(self, low: float, high: float, whole: bool) -> None:
        # whole numbers of up to 16 bits get a bin each
        self._exact = high <= low or (whole and high - low < _BINS)
        self._edges = (low - 0.5, high + 0.5) if self._exact else (low, high)
        self._counts = np.zeros(round(high - low) + 1 if self._exact else _BINS, np.int64)

    def count(self, values: NDArray[Any]) -> NDArray[np.int64]:
        """The counts of one image, in any thread; values outside count at the ends."""
        clipped = np.clip(values.astype(np.float64), *self._edges)
        return np.histogram(clipped, len(self._counts), self._edges)[0].astype(np.int64)

    def add(self, counts: NDArray[np.int64]) -> None:
        """Adds the counts of an image."""
        self._counts += counts

    def is_fine(self, low: float, high: float) -> bool:
        """Whether its bins are narrow enough for a range."""
        return self._exact or (high - low) * len(self._counts) >= _FINE * (self._edges[1] - self._edges[0])

    def narrow(self, low: float, high: float) -> Histogram:
        """An empty one of the bins about two of its percentiles; what is outside counts at the ends."""
        half = (self._edges[1] - self._edges[0]) / len(self._counts) / 2
        return Histogram(low - half, high + half, whole=False)

    def percentile(self, percent: float) -> float:
        """The value below which so many percent of all lie, to the middle of a bin."""
        below = np.cumsum(self._counts)
        place = int(np.searchsorted(below, percent / 100 * below[-1]))
        return float(self._edges[0] + (place + 0.5) * (self._edges[1] - self._edges[0]) / len(self._counts))
