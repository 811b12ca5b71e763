"""Badges: where a constant answer cannot be told from the result, and where the test part is small."""

import numpy as np
import pandas as pd
import pytest
import repeated
from run_folders import write_run

from cnnbench.results import chance, ensembles, entries
from cnnbench.results.run_result import RunResult

KNOWN = {"unit": "", "title": "T", "source": "folder", "synthetic": False, "protocol": "grouped 8:1:1",
         "published_result": None}  # fmt: skip


def classifier(folder, measured, counts):
    parts = {part: dict(zip("abc", counts, strict=False)) for part in ("train", "val", "test")}
    folder = write_run(
        folder, "x-mnist_cnn", {"accuracy": measured}, task="classification", classes=list("abc"[: len(counts)]),
        input_shape=[8, 8, 1], examples=dict.fromkeys(parts, sum(counts)), counts=parts, **KNOWN,
    )  # fmt: skip
    return RunResult.read(folder)


def regression(folder, rmse, r2=None, n=100):
    metrics = {"rmse": rmse} | ({"r2": (r2, None, None)} if r2 is not None else {})
    folder = write_run(
        folder, "x-conv1d", metrics, task="regression", classes=[], input_shape=[13, 1], counts={},
        examples={"train": 10, "val": 10, "test": n}, **KNOWN,
    )  # fmt: skip
    return RunResult.read(folder)


@pytest.mark.parametrize(
    ("measured", "counts", "badges"),
    [
        ((0.517, 0.45, 0.58), (100, 100), "not above chance"),
        ((0.8, 0.74, 0.85), (160, 40), "not above chance"),  # of unequal classes 0.5 is not the line
        ((0.86, 0.8, 0.9), (160, 40), "not above chance"),  # the end is the line
        ((0.86, 0.801, 0.9), (160, 40), ""),
        ((0.3, 0.2, 0.4), (100, 100), "not above chance"),  # worse than chance
        ((0.4, 0.3, 0.5), (70, 65, 65), "not above chance"),
        ((0.5, 0.4, 0.6), (70, 65, 65), ""),
        ((1.0, 0.95, 1.0), (200, 0), "not above chance"),  # one class alone is tested
        ((None, None, None), (100, 100), ""),
        ((0.95, 0.76, 0.99), (10, 10), "n = 20"),
        ((0.6, 0.39, 0.78), (10, 10), "not above chance, n = 20"),
        ((0.9, 0.8, 0.95), (25, 25), ""),
        ((0.9, 0.8, 0.95), (25, 24), "n = 49"),
    ],
)
def test_the_badges_of_a_classification(tmp_path, measured, counts, badges):
    assert chance.badges(classifier(tmp_path, measured, counts)) == badges


@pytest.mark.parametrize(
    ("rmse", "r2", "level", "badges"),
    [
        ((3.0, 2.0, 4.9), 0.64, 5.0, ""),
        ((3.0, 2.0, 5.0), 0.64, 5.0, "no better than the mean"),
        ((6.0, 5.5, 6.5), -0.44, 5.0, "no better than the mean"),
        ((3.0, 2.0, 9.0), None, None, ""),  # all targets are equal: there is no R²
        ((0.0, 0.0, 0.0), 1.0, None, ""),
        ((None, None, None), 0.5, None, ""),
    ],
)
def test_the_badges_of_a_regression(tmp_path, rmse, r2, level, badges):
    result = regression(tmp_path, rmse, r2)
    assert chance.level(result) == (None if level is None else pytest.approx(level))
    assert chance.badges(result) == badges


def test_a_small_regression(tmp_path):
    assert chance.badges(regression(tmp_path, (3.0, 2.0, 9.0), 0.64, n=7)) == "no better than the mean, n = 7"


def test_each_badge_among_some_is_explained_once():
    assert chance.explain(["", ""]) == []
    first, second = chance.explain(["not above chance, n = 20", "not above chance"])
    assert first.startswith("Not above chance: the interval holds, or lies below, the share of the commonest class")
    assert second == "n = ...: fewer than 50 test examples."


def repeats(folder, gain, *, seeds=(0,), folds=(0,), n=200, ones=0.5):
    """An entry of two classes, of so many test examples in each fold and such a share of the second class."""
    for seed in seeds:
        for fold in folds:
            labels = (np.arange(n) < ones * n).astype(int)
            scores = 1 / (1 + np.exp(-gain * (2 * labels - 1) + np.random.default_rng([seed, fold]).normal(size=n)))
            frame = repeated.predictions(labels, scores, first=n * fold)
            repeated.write_run(folder, f"moons-net-s{seed}-f{fold}", frame, seed=seed, fold=fold)
    (entry,) = entries.load(folder)
    return entry


@pytest.mark.parametrize(
    ("gain", "layout", "badges"),
    [
        (0.0, {"seeds": (0, 1, 2)}, "not above chance"),
        (2.0, {"seeds": (0, 1, 2)}, ""),
        (0.0, {"folds": (0, 1, 2)}, "not above chance"),
        (2.0, {"folds": (0, 1)}, ""),
        (0.3, {"seeds": (0, 1), "ones": 0.9}, "not above chance"),  # right more often than not, and worth nothing
        (2.0, {"seeds": (0, 1), "n": 30}, "n = 30"),
        (2.0, {"folds": (0, 1), "n": 30}, ""),  # together they test 60
        (0.0, {"seeds": (0, 1), "folds": (0, 1), "n": 20}, "not above chance, n = 40"),
    ],
)
def test_the_badges_of_a_mean_over_repeats_and_of_their_ensemble(tmp_path, gain, layout, badges):
    entry = repeats(tmp_path, gain, **layout)
    assert chance.badges_of(entry) == badges
    for ensemble in ensembles.gather([entry]):
        assert (chance.badges_of(ensemble), chance.badges(ensemble.record)) == (badges, badges)


def test_folds_of_unlike_classes_are_held_against_the_commonest_of_all(tmp_path):
    """Of each fold alone one class is all, and a constant always right; of both together it is half of them."""
    for fold in (0, 1):
        labels = np.full(100, fold)
        frame = repeated.predictions(
            labels, np.where(np.arange(100) < 80, labels, 1 - labels) * 0.8 + 0.1, first=100 * fold
        )
        repeated.write_run(tmp_path, f"moons-net-f{fold}", frame, fold=fold)
    (entry,) = entries.load(tmp_path)
    assert chance.badges_of(entry) == ""


@pytest.mark.parametrize(("noise", "badges"), [(0.3, ""), (3.0, "no better than the mean")])
def test_the_badges_of_repeats_of_a_regression(tmp_path, noise, badges):
    for seed in (0, 1):
        rng = np.random.default_rng(seed)
        target = np.linspace(0, 5, 60)
        frame = pd.DataFrame({"id": [f"{n:03}" for n in range(60)], "label": target})
        frame = frame.assign(group=frame["id"], prediction=target + rng.normal(0, noise, 60))
        repeated.write_run(tmp_path, f"houses-s{seed}", frame, task="regression", classes=[], seed=seed)
    (entry,) = entries.load(tmp_path)
    assert chance.badges_of(entry) == badges
