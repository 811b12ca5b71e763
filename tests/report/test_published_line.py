import dataclasses
import math

import pytest

from cnnbench.metrics.intervals.bootstrap import Estimate
from cnnbench.report import published, run_results


@pytest.fixture
def digits(runs):
    return dataclasses.replace(run_results.load(runs)[2], published_result="accuracy 97 %", changed=())


@pytest.mark.parametrize(
    ("stated", "measured", "words", "good"),
    [
        ("accuracy 97 %", (0.96, 0.94, 0.98), "agrees: within the interval", True),
        ("test accuracy 0.97", (0.96, 0.94, 0.98), "agrees: within the interval", True),
        ("accuracy 99 %", (0.96, 0.94, 0.98), "worse than published", False),
        ("accuracy 85 %", (0.96, 0.94, 0.98), "better than published", True),
        ("validation accuracy 99 %, test accuracy 95 %", (0.96, 0.94, 0.98), "agrees: within the interval", True),
        ("test accuracy above 90 %, training accuracy above 94 %", (0.96, 0.94, 0.98), "above it, as published", True),
        ("accuracy above 95 %", (0.96, 0.94, 0.98), "may be above it", True),
        ("accuracy above 99 %", (0.96, 0.94, 0.98), "worse than published", False),
        ("training accuracy 99 %", (0.96, 0.94, 0.98), "no figure for this metric on test data", None),
        ("RMSE 4.9", (0.96, 0.94, 0.98), "no figure for this metric on test data", None),
        ("VGG16 beats the plain CNN", (0.96, 0.94, 0.98), "no figure for this metric on test data", None),
        ("accuracy 97 %", (math.nan, math.nan, math.nan), "not measured", None),
        ("", (0.96, 0.94, 0.98), "no figure was published", None),
    ],
)
def test_what_may_be_said_of_a_published_figure(digits, stated, measured, words, good):
    metrics = {"accuracy": Estimate(*measured)}
    line = published.line(dataclasses.replace(digits, published_result=stated, metrics=metrics))
    assert line == (stated or "–", words, good)


def test_of_an_error_less_is_better(runs):
    houses = dataclasses.replace(run_results.load(runs)[0], changed=())
    assert published.line(dataclasses.replace(houses, published_result="RMSE 9.5")).words == "better than published"
    assert published.line(dataclasses.replace(houses, published_result="RMSE 1.5")).words == "worse than published"


def test_a_changed_recipe_is_said_and_a_synthetic_run_is_not_compared(runs, digits):
    assert published.line(dataclasses.replace(digits, changed=("lr",))).words.endswith("; recipe or input changed")
    chest = run_results.load(runs)[1]
    assert published.line(chest) == ("–", "not comparable: measured on synthetic images", None)
