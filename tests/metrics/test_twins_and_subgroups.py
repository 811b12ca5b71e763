"""Figures without the test examples that have a twin, and of the worst subgroup."""

import math
from dataclasses import replace

import numpy as np
import pytest

from cnnbench.metrics import caveats, lookup, subgroups
from cnnbench.metrics.intervals.proportions import proportion, wilson
from cnnbench.metrics.measure import measure
from cnnbench.metrics.predictions import Predictions


def answers(n=60, wrong=(), k=2):
    """Labels in turn, and scores that are right but for these examples."""
    labels = np.arange(n) % k
    guessed = np.where(np.isin(np.arange(n), list(wrong)), (labels + 1) % k, labels)
    return labels, 0.2 / k + 0.8 * np.eye(k)[guessed]


def mask(n, members):
    return np.isin(np.arange(n), list(members))


def test_the_clean_figure_is_that_of_the_examples_without_a_twin_and_clusters_stay_whole():
    labels, scores = answers(60, wrong=range(50, 60))
    groups = np.array([f"p{i // 2}" for i in range(60)])
    twin = mask(60, range(30))
    found = measure(Predictions(labels, scores, groups, twin=twin), draws=20)
    assert found["accuracy"].value == pytest.approx(50 / 60)
    assert found["accuracy_clean"] == proportion(np.arange(30, 60) < 50, groups[30:])
    assert found["twins"] == (30, 30, 30)
    assert list(found)[:2] == ["accuracy", "accuracy_clean"]
    assert caveats.describe_twins(found, 60) == "30 of 60 test examples have a twin"
    assert caveats.describe_clean(found, 60).startswith("on the 30 clean test examples: accuracy 0.667 [0.")


@pytest.mark.parametrize(
    ("twin", "words", "brief"),
    [
        (range(59), "on the 1 clean test example: too few for a figure", "1 clean: too few for a figure"),
        (range(41), "on the 19 clean test examples: too few for a figure", "19 clean: too few for a figure"),
        (range(60), "no test example is clean", "none is clean"),
        (range(0, 60, 2), "on the 30 clean test examples: too few for a figure", "30 clean: too few for a figure"),
    ],
)
def test_too_few_clean_examples_or_one_class_have_a_number_and_no_figure(twin, words, brief):
    found = measure(Predictions(*answers(60), twin=mask(60, twin)), draws=20)
    assert np.isnan(found["accuracy_clean"]).all()
    assert caveats.describe_clean(found, 60) == words
    assert caveats.describe_clean(found, 60, brief=True) == brief


def test_without_twins_the_clean_figure_is_the_figure_and_nothing_is_said():
    found = measure(Predictions(*answers(40, wrong=[3]), twin=np.zeros(40, bool)), draws=20)
    assert found["accuracy_clean"] == found["accuracy"]
    assert caveats.describe_twins(found, 40) == ""
    assert "twins" not in measure(Predictions(*answers(40)), draws=20)


def test_a_regression_has_a_clean_error_too():
    rng = np.random.default_rng(0)
    targets, errors = rng.normal(size=50), np.where(np.arange(50) < 20, 0.1, 2.0)
    found = measure(Predictions(targets, targets + errors, twin=mask(50, range(20))), draws=50)
    assert found["rmse_clean"].value == pytest.approx(2.0)
    assert found["rmse"].value < 2
    assert found["twins"].value == 20


def test_the_worst_subgroup_is_the_lowest_accuracy_or_the_highest_error():
    labels, scores = answers(90, wrong=range(30, 50))
    parts = {name: mask(90, range(first, first + 30)) for name, first in (("a", 0), ("b", 30), ("c", 60))}
    found = measure(Predictions(labels, scores, subgroups=parts), draws=20)
    assert found["accuracy_worst_group"] == wilson(10 / 30, 30)
    targets = np.zeros(90)
    errors = np.repeat([1.0, 3.0, 2.0], 30)
    assert measure(Predictions(targets, errors, subgroups=parts), draws=20)["rmse_worst_group"].value == 3
    assert "accuracy_worst_group" not in measure(Predictions(labels, scores, subgroups={}), draws=20)


def test_a_diverged_network_keeps_its_rows():
    labels, scores = answers(60)
    found = measure(Predictions(labels, scores * np.nan, twin=mask(60, [1]), subgroups={"a": mask(60, range(30))}))
    assert all(map(math.isnan, found["accuracy_worst_group"] + found["accuracy_clean"]))


def test_small_subgroups_and_unknown_ones_are_not_ranked():
    labels = np.arange(200) % 2
    sex = {"f": mask(200, range(100)), "m": mask(200, range(100, 171)), subgroups.UNKNOWN: mask(200, range(171, 200))}
    few = {"x": mask(200, range(29)), "y": mask(200, range(29, 200))}  # one alone cannot be the worst
    one_class = {"p": mask(200, [*range(0, 80, 2), 1, 3, 5, 7]), "q": mask(200, range(81, 200))}
    found = subgroups.rankable(labels, 2, {"sex": sex, "few": few, "class": one_class})
    assert list(found) == ["sex = f", "sex = m"]
    # of many classes the rarest would leave none
    assert list(subgroups.rankable(labels, 7, {"class": one_class})) == ["class = p", "class = q"]


def test_the_table_has_every_metric_of_every_subgroup_and_names_the_worst():
    labels, scores = answers(120, wrong=range(60, 80))
    parts = {
        "sex": {"f": mask(120, range(60)), "m": mask(120, range(60, 110)), "not known": mask(120, range(110, 120))}
    }
    ranked = subgroups.rankable(labels, 2, parts)
    predictions = Predictions(labels, scores, threshold=0.5, subgroups=ranked)
    table = subgroups.table(predictions, ["benign", "malignant"], parts)
    assert tuple(table) == subgroups.COLUMNS
    assert set(table["metric"]) == {row.name for row in lookup.rows(2, ["threshold"])}
    head = table[table["metric"] == "accuracy"].set_index("subgroup")
    assert head["value"].tolist() == [1, 0.6, 1]
    assert head["per_class"].tolist() == ["benign 30, malignant 30", "benign 25, malignant 25", "benign 5, malignant 5"]
    assert head["small"].tolist() == ["false", "false", "true"]
    assert head["worst"].tolist() == ["false", "true", "false"]
    right = subgroups.table(Predictions(*answers(120), subgroups=ranked), ["a", "b"], parts)
    assert set(right["worst"]) == {"false"}, "where all are equal"


@pytest.mark.parametrize(
    "name", ["sensitivity_at_threshold", "specificity_at_threshold", "roc_auc", "average_precision"]
)
def test_a_metric_on_one_class_names_it(name):
    assert lookup.label(name, "", "malignant").endswith(" (malignant)")
    assert lookup.name_class(name, "malignant") == f"{name} (malignant)"
    assert lookup.label(name) == lookup.find(name).label
    assert lookup.label("f1_macro", "", "malignant") == "macro F1"
    assert lookup.name_class("acuracy", "malignant") == "acuracy"


def test_a_network_that_diverged_has_no_worst_subgroup():
    halves = {"sex": {"f": np.arange(80) < 40, "m": np.arange(80) >= 40}}
    predictions = Predictions(np.arange(80) % 2, np.full((80, 2), np.nan))
    ranked = subgroups.rankable(predictions.labels, 2, halves)
    assert len(ranked) == 2
    assert set(subgroups.table(replace(predictions, subgroups=ranked), ["no", "yes"], halves)["worst"]) == {"false"}
