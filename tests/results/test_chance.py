"""Badges: where a constant answer cannot be told from the result, and where the test part is small."""

import pytest
from run_folders import write_run

from cnnbench.results import chance
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
