"""Coverage of the intervals: how often nominal 95 % intervals hold the true value, in simulated tests.

    nice -n 19 python benchmarks/coverage.py [--draws 1000] [--only ece accuracy] [--largest 240]

A draw is a simulated test set: scores of two or four classes, of independent examples or of groups that share half of
the noise's variance; a group's examples are of one class, or mixed. The true value of a metric is that on two million
examples. With 1,000 draws the standard error of 95 % is 0.7.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Collection
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnbench.metrics.intervals.bootstrap import Estimate
from cnnbench.metrics.measure import measure
from cnnbench.metrics.predictions import Predictions

Metrics = dict[str, Estimate]
MANY = 2_000_000


class Setting(NamedTuple):
    """The parameters of simulated test sets.

    Attributes:
        n: Test examples.
        size: Of each group; 1 for independent examples.
        k: Classes; 0 for a regression.
        margin: Of the true class's score above the others, in standard deviations of their noise.
        mixed: Whether each example of a group has its own class.
    """

    n: int
    size: int = 1
    k: int = 2
    margin: float = 1.5
    mixed: bool = False

    def __str__(self) -> str:
        """The row's heading."""
        kind = f"{self.k} classes, margin {self.margin:g}" if self.k else "regression"
        groups = f"{self.n // self.size} groups of {self.size}" if self.size > 1 else "alone"
        return f"{kind}, n = {self.n}, {groups}{', classes mixed' if self.mixed else ''}"


SETTINGS = [
    *(Setting(n, k=k, margin=margin) for k, margin in ((2, 1.5), (4, 2.0), (0, 0.0)) for n in (50, 200, 1000)),
    *(
        Setting(n, size, mixed=mixed)
        for n, size in ((60, 6), (200, 8), (240, 4), (1000, 10))
        for mixed in (False, True)
    ),
    *(Setting(n, size, 0, 0.0) for n, size in ((200, 8), (1000, 10))),
]


def simulate(
    setting: Setting, rng: np.random.Generator
) -> tuple[NDArray[np.generic], NDArray[np.float64], NDArray[np.intp]]:
    """Draws labels, predictions (scores (n, k), or targets (n,)) and groups of one test set."""
    n, size, k = setting.n, setting.size, setting.k
    groups = np.arange(n) // size
    shared = np.sqrt(0.5) if size > 1 else 0.0

    def noise(*shape: int) -> NDArray[np.float64]:
        own, common = rng.normal(size=(n, *shape)), rng.normal(size=(n // size, *shape))[groups]
        return shared * common + np.sqrt(1 - shared**2) * own

    if not k:
        targets = 22 + 9 * noise()
        return targets, targets + 3 * noise() * (1 + 0.01 * (targets - 22)), groups
    labels = rng.integers(0, k, n) if setting.mixed else rng.integers(0, k, n // size)[groups]
    logits = 1.5 * (setting.margin * np.eye(k)[labels] + noise(k))
    scores = np.exp(logits - logits.max(axis=1, keepdims=True))
    return labels, scores / scores.sum(axis=1, keepdims=True), groups


def measure_one(setting: Setting, rng: np.random.Generator, draws: int) -> Metrics:
    """Measures one test set, as an evaluation does."""
    labels, predicted, groups = simulate(setting, rng)
    kind = np.int64 if setting.k else np.float64
    return measure(Predictions(labels.astype(kind), predicted, groups), draws=draws)


def true_values(setting: Setting) -> dict[str, float]:
    """The value of each metric on many examples; groups do not change it."""
    metrics = measure_one(setting._replace(n=MANY, size=1, mixed=False), np.random.default_rng(7), draws=0)
    return {name: estimate.value for name, estimate in metrics.items()}


def coverage(
    setting: Setting,
    true: dict[str, float],
    tests: int,
    measure: Callable[[Setting, np.random.Generator, int], Metrics] = measure_one,
    draws: int = 1000,
) -> dict[str, float]:
    """The share of simulated tests whose interval holds the true value; one without an interval does not."""
    held = dict.fromkeys(true, 0)
    for test in range(tests):
        metrics = measure(setting, np.random.default_rng(test), draws)
        for name, value in true.items():
            held[name] += metrics[name].low <= value <= metrics[name].high
    return {name: count / tests for name, count in held.items()}


def main(tests: int, only: Collection[str] = (), largest: int = 1000) -> None:
    """Prints a table in Markdown for each kind of test."""
    known: dict[tuple[int, float], dict[str, float]] = {}
    head: list[str] = []
    for setting in (each for each in SETTINGS if each.n <= largest):
        kind = (setting.k, setting.margin)
        true = known.setdefault(kind, true_values(setting))
        names = [name for name in true if not only or name in only]
        if not names:
            continue
        if names != head:
            print("\n| test sets | " + " | ".join(names) + " |\n|---|" + "---:|" * len(names))
            head = names
        shares = coverage(setting, {name: true[name] for name in names}, tests)
        print(f"| {setting} | " + " | ".join(f"{100 * shares[name]:.1f}" for name in names) + " |", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=1000, help="simulated test sets of each kind")
    parser.add_argument("--only", nargs="*", default=[], help="names of metrics")
    parser.add_argument("--largest", type=int, default=1000, help="most examples of a test set")
    arguments = parser.parse_args()
    main(arguments.draws, arguments.only, arguments.largest)
