"""How often `cnnbench compare` finds a difference that is there, and one that is not.

    python benchmarks/planted.py               # 1,000 simulated benchmarks of each kind
    python benchmarks/planted.py --benchmarks 200

A benchmark is several networks of two classes, tested on the same examples. Part of a score's noise belongs to the
example, so that networks err on the same examples; part to the patient or the training, where there are several.
Without a planted difference the rate is that of benchmarks with any significant pair, at most 5 % by Holm; with one it
is the power, beside the power by a formula or an enumeration.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.stats import binom

from cnnbench.metrics.significance import pairs
from cnnbench.results import comparing
from cnnbench.results.entries import Entry, gather
from cnnbench.results.run_result import RunResult

LEVEL = 0.05


class Kind(NamedTuple):
    """The parameters of simulated benchmarks.

    Attributes:
        name: The row's heading.
        metric: To be tested.
        gain: Added to the first network's scores, in standard deviations of the noise; 0 for no difference.
        networks: Their number.
        examples: Test examples.
        patient: Examples per patient.
        seeds: Repeats of each network.
        spread: Standard deviation of the repeats of a network, in the same unit as the gain.
    """

    name: str
    metric: str = "accuracy"
    gain: float = 0.0
    networks: int = 4
    examples: int = 300
    patient: int = 1
    seeds: int = 1
    spread: float = 0.0


# The gains give a power of 60 to 95 %, where deviations in both directions show
KINDS = (
    Kind("no difference, McNemar, 4 networks"),
    Kind("no difference, McNemar, 2 networks, 60 examples", networks=2, examples=60),
    Kind("no difference, DeLong, 4 networks", metric="roc_auc"),
    Kind("no difference, DeLong, 2 networks, 60 examples", metric="roc_auc", networks=2, examples=60),
    Kind("no difference, bootstrap, 4 networks", metric="log_loss"),
    Kind("no difference, 60 patients of 5", patient=5),
    Kind("no difference, 3 seeds that differ", seeds=3, spread=0.2, networks=3),
    Kind("no difference, 5 seeds that differ", seeds=5, spread=0.2, networks=3),
    Kind("planted, McNemar", gain=0.3, networks=2),
    Kind("planted, DeLong", metric="roc_auc", gain=0.2, networks=2),
    Kind("planted, bootstrap", metric="log_loss", gain=0.2, networks=2),
    Kind("planted, 60 patients of 5", gain=0.4, networks=2, patient=5),
    Kind("planted, 5 seeds that differ", gain=0.4, networks=2, seeds=5, spread=0.1),
)


def benchmark(kind: Kind, rng: np.random.Generator) -> list[Entry]:
    """One benchmark: an entry per network, the first of them better by the gain."""
    n = kind.examples
    labels = rng.permutation(np.arange(n) % 2)
    patients = np.arange(n) // kind.patient
    if kind.patient > 1:  # a patient has one label, and the same noise for every network
        labels = rng.permutation(np.arange(n // kind.patient) % 2)[patients]
    hard = rng.normal(0, 0.7, n) + (rng.normal(0, 0.7, n)[patients] if kind.patient > 1 else 0)
    return [_entry(f"network-{i}", labels, patients, hard, kind, rng, kind.gain if i == 0 else 0.0)
            for i in range(kind.networks)]  # fmt: skip


def is_detected(kind: Kind, entries: list[Entry]) -> tuple[bool, list[comparing.Comparison]]:
    """Whether any pair (with a gain: the first, in its direction) differs after Holm, and all comparisons."""
    both = [(a, b) for i, a in enumerate(entries) for b in entries[i + 1 :]]
    tested = [comparing.compare(a, b, [kind.metric])[0] for a, b in both]
    apart = [p < LEVEL for p in pairs.holm([one.p for one in tested])]
    if not kind.gain:
        return any(apart), tested
    better = tested[0].difference.value < 0 if kind.metric == "log_loss" else tested[0].difference.value > 0
    return apart[0] and better, tested


def rate(kind: Kind, benchmarks: int, seed: int = 0) -> tuple[float, float]:
    """The share of benchmarks with a significant difference, and its expected value."""
    rng = np.random.default_rng(seed)
    hits, cells, errors, differences = 0, np.zeros(2), [], []
    for _ in range(benchmarks):
        entries = benchmark(kind, rng)
        hit, tested = is_detected(kind, entries)
        hits += hit
        differences.append(tested[0].difference.value)
        errors.append((tested[0].difference.high - tested[0].difference.low) / 2 / NormalDist().inv_cdf(1 - LEVEL / 2))
        if kind.gain and tested[0].test.startswith("McNemar"):
            one, other = (entry.predictions[0].eval("(score_1 >= 0.5) == label").to_numpy() for entry in entries)
            cells += (one & ~other).sum(), (other & ~one).sum()
    if not kind.gain:
        return hits / benchmarks, LEVEL
    if cells.any():
        return hits / benchmarks, mcnemar_power(kind.examples, *(cells / benchmarks / kind.examples))
    return hits / benchmarks, normal_power(float(np.mean(differences)), float(np.mean(errors)))


def mcnemar_power(n: int, won: float, lost: float) -> float:
    """The power of McNemar's mid-p by enumeration, given the probabilities that a pair is won and lost.

    Counts only results in favour of the first, as `is_detected` does.
    """
    both = np.arange(n + 1)
    power = 0.0
    for total in both[binom.pmf(both, n, won + lost) > 1e-9]:
        k = np.arange(total + 1)
        few = np.minimum(k, total - k)
        at = binom.pmf(few, total, 0.5)
        p = np.where(2 * k == total, 1 - at / 2, 2 * binom.cdf(few, total, 0.5) - at)
        reject = (p < LEVEL) & (2 * k > total)
        power += binom.pmf(total, n, won + lost) * binom.pmf(k, total, won / (won + lost))[reject].sum()
    return float(power)


def normal_power(difference: float, error: float) -> float:
    """The power of a test with a normal statistic of this mean and standard error.

    An approximation: near an area of 1 the error shrinks with the difference, and the true power is higher.
    """
    return NormalDist().cdf(abs(difference) / error - NormalDist().inv_cdf(1 - LEVEL / 2))


def results(benchmarks: int) -> Iterator[tuple[Kind, float, float]]:
    """Yields each kind with the rate found and the one expected."""
    for kind in KINDS:
        yield kind, *rate(kind, benchmarks)


def _entry(
    name: str, labels: np.ndarray, patients: np.ndarray, hard: np.ndarray, kind: Kind, rng: np.random.Generator,
    gain: float,
) -> Entry:  # fmt: skip
    sign, frames, results = 2 * labels - 1, [], []
    ids = [f"{i:05}" for i in range(len(labels))]
    for seed in range(kind.seeds):
        better = gain + rng.normal(0, kind.spread) if kind.spread else gain
        logit = 2 * sign * (0.9 + better + hard + rng.normal(0, 0.7, len(labels)))
        score = 1 / (1 + np.exp(-logit))
        columns = {"score_0": 1 - score, "score_1": score}
        frames.append(pd.DataFrame({"id": ids, "group": patients, "label": labels, **columns}))
        about = {
            "run": f"{name}-s{seed}", "dataset": "simulated", "architecture": name, "task": "classification",
            "protocol": "grouped", "profile": "quick", "source": "simulated", "synthetic": True, "classes": ["0", "1"],
            "seed": seed, "fold": 0,
        }  # fmt: skip
        results.append(RunResult.model_construct(**about))
    entry = gather(name, results)
    vars(entry)["predictions"] = tuple(frames)  # in place of files: a cached property is a plain attribute once read
    return entry


def main() -> int:
    """Prints a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--benchmarks", type=int, default=1000, help="of each kind; default: %(default)s")
    arguments = parser.parse_args()
    print(f"{'':50} found  expected   ({arguments.benchmarks:,} benchmarks of each kind)")
    for kind, share, expected in results(arguments.benchmarks):
        print(f"{kind.name:50} {share:6.1%}  {'at most' if not kind.gain else '       '} {expected:6.1%}", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
