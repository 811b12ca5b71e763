import math

import pytest

from cnnbench.config import Published
from cnnbench.metrics.intervals.bootstrap import Estimate
from cnnbench.report import published, text
from cnnbench.results import run_result


def replaced(result, **facts):
    return result.model_copy(update=facts)


TEXT = "as the source says"


def source(metric=None, value=None, relation="exactly", text=TEXT):
    return Published.model_validate({"metric": metric, "value": value, "is": relation, "text": text})


@pytest.fixture
def digits(runs):
    return replaced(run_result.load(runs)[2], published_result=source("accuracy", 0.97), changed=())


@pytest.mark.parametrize(
    ("stated", "measured", "words", "good"),
    [
        (source("accuracy", 0.97), (0.96, 0.94, 0.98), "agrees: within the interval", True),
        (source("accuracy", 0.94), (0.96, 0.94, 0.98), "agrees: within the interval", True),
        (source("accuracy", 0.99), (0.96, 0.94, 0.98), "worse than published", False),
        (source("accuracy", 0.85), (0.96, 0.94, 0.98), "better than published", True),
        (source("accuracy", 0.9, "above"), (0.96, 0.94, 0.98), "above it, as published", True),
        (source("accuracy", 0.95, "above"), (0.96, 0.94, 0.98), "may be above it", True),
        (source("accuracy", 0.99, "above"), (0.96, 0.94, 0.98), "worse than published", False),
        (source("accuracy", 0.99, "below"), (0.96, 0.94, 0.98), "below it, as published", True),
        (source("accuracy", 0.95, "below"), (0.96, 0.94, 0.98), "may be below it", True),
        (source("accuracy", 0.9, "below"), (0.96, 0.94, 0.98), "better than published", True),
        (source("rmse", 4.9), (0.96, 0.94, 0.98), "no figure for this metric on test data", None),
        (source(), (0.96, 0.94, 0.98), "no figure for this metric on test data", None),
        (source("accuracy", 0.97), (math.nan, math.nan, math.nan), "not measured", None),
        (None, (0.96, 0.94, 0.98), "no figure was published", None),
    ],
)
def test_what_may_be_said_of_a_published_figure(digits, stated, measured, words, good):
    metrics = {"accuracy": Estimate(*measured)}
    line = published.compare(replaced(digits, published_result=stated, metrics=metrics))
    assert line == (TEXT if stated else "–", words, good)


def test_a_figure_without_a_text_is_written_out():
    assert text.describe_published(source("accuracy", 0.9, "above", text="")) == "accuracy above 0.9"
    assert text.describe_published(source("rmse", 4.936, text="")) == "RMSE 4.936"


@pytest.mark.parametrize(
    ("relation", "value", "words"),
    [
        ("exactly", 9.5, "better than published"),
        ("exactly", 1.5, "worse than published"),
        ("below", 9.5, "below it, as published"),
        ("below", 4.0, "may be below it"),
        ("below", 1.5, "worse than published"),
    ],
)
def test_of_an_error_less_is_better(runs, relation, value, words):
    houses = run_result.load(runs)[0]
    stated = source("rmse", value, relation)
    assert published.compare(replaced(houses, changed=(), published_result=stated)).words == words


def test_a_changed_recipe_is_said_and_a_synthetic_run_is_not_compared(runs, digits):
    assert published.compare(replaced(digits, changed=("lr",))).words.endswith("; recipe or input changed")
    chest = run_result.load(runs)[1]
    assert published.compare(chest) == ("–", "not comparable: measured on synthetic images", None)
