"""Examples of one data set that a network has as good as seen in another: copies, near copies, groups in common."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnbench.data.records.reader import Examples
from cnnbench.data.split import near_copies

_CHUNK = 256

Mask = NDArray[np.bool_]


class Overlap(NamedTuple):
    """Which of n examples stand in the training or validation part of a network, each shape (n,).

    Attributes:
        copy: By the same pixels or numbers.
        near: By pixels that look alike, without those of `copy`.
        group: By their group, such as a patient, without those of the other two.
    """

    copy: Mask
    near: Mask
    group: Mask

    @property
    def any(self) -> Mask:
        """By one of them."""
        return self.copy | self.near | self.group

    def counts(self) -> dict[str, int]:
        """How many by each reason, in words, without those of none."""
        named = {"exact copies": self.copy, "near copies": self.near, "of a group in common": self.group}
        return {reason: int(mask.sum()) for reason, mask in named.items() if mask.any()}


def find(tested: Examples, seen: Examples, in_group: Mask, *, near: bool) -> Overlap:
    """Compares what is tested with what was seen, as the network sees it: both at the size of its input.

    Args:
        tested: Of the other data set.
        seen: Of the training and validation parts.
        in_group: Which of the tested are of a group, such as a patient, that was seen; shape (n,).
        near: Whether images that look alike count.
    """
    digests = np.array(list(map(_digest, _each(tested))))
    copy = np.isin(digests, np.array(list(map(_digest, _each(seen)))))
    alike = _find_near(tested, seen) & ~copy if near else np.zeros_like(copy)
    return Overlap(copy, alike, in_group & ~copy & ~alike)


def _find_near(tested: Examples, seen: Examples) -> Mask:
    hashes = [near_copies.perceptual_hash(pixels) for examples in (tested, seen) for pixels in _each(examples)]
    clusters = np.array(near_copies.cluster(hashes))
    own, other = clusters[: len(tested)], clusters[len(tested) :]
    return np.asarray((own != "") & np.isin(own, other))


def _each(examples: Examples) -> Iterator[NDArray[np.uint8]]:
    for start in range(0, len(examples), _CHUNK):
        yield from examples.gather(range(start, min(start + _CHUNK, len(examples))))


def _digest(values: NDArray[np.uint8]) -> bytes:
    return hashlib.sha256(values.tobytes()).digest()
