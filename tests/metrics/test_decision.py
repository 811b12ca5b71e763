"""What two classes do at a threshold, and net benefit."""

import numpy as np
import pytest

from cnnbench.metrics import decision, operating_point
from cnnbench.metrics.intervals.proportions import proportion
from cnnbench.metrics.measure import measure
from cnnbench.metrics.predictions import Predictions


def drawn(n=300, seed=0, digits=None):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, n)
    scores = 1 / (1 + np.exp(-rng.normal(2 * labels - 1, 1.5))).astype(np.float32)
    return labels, scores if digits is None else np.round(scores, digits)


def counted(labels, scores, threshold):
    called = scores >= threshold
    return [int((called & (labels == 1)).sum()), int((called & (labels == 0)).sum())]


@pytest.mark.parametrize(("n", "digits"), [(1, None), (300, None), (300, 2), (5000, None)])
def test_every_cut_has_the_counts_of_its_threshold_and_the_ends_are_nothing_and_everything(n, digits):
    labels, scores = drawn(n, digits=digits)
    found = decision.cuts(labels, scores, keep=[0.5, 0.123456789])
    assert (np.diff(found.thresholds) < 0).all()
    for threshold, *counts in zip(*found, strict=True):
        assert counts == counted(labels, scores, threshold)
    assert (found.true_positives[0], found.false_positives[0]) == (0, 0)
    assert (found.true_positives[-1], found.false_positives[-1]) == ((labels == 1).sum(), (labels == 0).sum())
    assert {0.5, 0.123456789} <= set(found.thresholds)
    assert len(found.thresholds) <= min(len(np.unique(scores)), decision.MOST_CUTS + 1) + 3


def test_few_examples_have_a_cut_at_every_score_and_many_no_large_step():
    labels, scores = drawn(200)
    assert len(decision.cuts(labels, scores).thresholds) == len(np.unique(scores)) + 1
    labels, scores = drawn(20_000)
    found = decision.cuts(labels, scores)
    for counts, total in ((found.true_positives, labels.sum()), (found.false_positives, (1 - labels).sum())):
        assert np.diff(counts).max() / total < 0.02


def test_saturated_scores_can_be_told_apart():
    scores = np.float32([1 - 6e-8, 1 - 1.2e-7, 1e-30, 2e-30])
    found = decision.cuts(np.array([1, 0, 0, 1]), scores)
    assert found.true_positives.tolist() == [0, 1, 1, 2, 2]
    assert found.false_positives.tolist() == [0, 0, 1, 1, 2]


def test_the_threshold_of_validation_data_gives_its_own_figures():
    labels, scores = drawn()
    threshold = operating_point.choose_threshold(labels, scores, 0.9)
    found = decision.cuts(labels, scores, [threshold])
    at = found.thresholds.tolist().index(threshold)
    assert found.true_positives[at] / labels.sum() >= 0.9


@pytest.mark.parametrize("grouped", [False, True])
def test_rates_are_those_of_the_counts_with_the_intervals_of_the_table_of_metrics(grouped):
    labels, scores = drawn()
    groups = np.array([f"patient {index // 3}" for index in range(300)]) if grouped else None
    found = decision.cuts(labels, scores)
    sensitivity, specificity = decision.rates(labels, scores, groups, found.thresholds)
    assert [one.value for one in sensitivity] == pytest.approx(found.true_positives / labels.sum())
    assert [one.value for one in specificity] == pytest.approx(1 - found.false_positives / (1 - labels).sum())
    at = 100
    table = measure(Predictions(labels, np.stack([1 - scores, scores], 1), groups, threshold=found.thresholds[at]))
    assert sensitivity[at] == pytest.approx(table["sensitivity_at_threshold"])
    assert specificity[at] == pytest.approx(table["specificity_at_threshold"])


def test_predictive_values_at_the_share_of_the_test_part_are_those_of_its_counts():
    labels, scores = drawn()
    called = scores >= 0.4
    sensitivity, specificity = called[labels == 1].mean(), (~called)[labels == 0].mean()
    positive, negative = decision.predictive_values(sensitivity, specificity, labels.mean())
    assert positive == pytest.approx((labels[called] == 1).mean())
    assert negative == pytest.approx((labels[~called] == 0).mean())


def test_intervals_of_predictive_values_hold_the_truth_as_often_as_they_say():
    rng, sensitivity, specificity, prevalence = np.random.default_rng(0), 0.9, 0.95, 0.1
    truth = decision.predictive_values(sensitivity, specificity, prevalence)
    held = np.zeros(2)
    for _ in range(400):
        found, spared = rng.random(60) < sensitivity, rng.random(80) < specificity
        ends = decision.predictive_intervals(proportion(found), proportion(spared), prevalence)
        held += [low <= one <= high for one, (low, high) in zip(truth, ends, strict=True)]
    assert (held / 400 > 0.92).all()
    assert (held / 400 < 0.99).all()


@pytest.mark.parametrize(("found", "spared"), [(0, 80), (60, 0), (0, 0), (60, 80), (1, 79), (40, 80), (60, 40)])
def test_intervals_of_predictive_values_hold_the_values_at_the_ends(found, spared):
    rates = proportion(np.arange(60) < found), proportion(np.arange(80) < spared)
    values = decision.predictive_values(rates[0].value, rates[1].value, 0.3)
    for value, (low, high) in zip(values, decision.predictive_intervals(*rates, 0.3), strict=True):
        assert 0 <= low <= high <= 1
        assert np.isnan(value) or low - 1e-12 <= value <= high + 1e-12


def test_predictive_values_by_hand():
    # The textbook's: a test of 90 % and 95 % where one in a hundred is ill
    positive, negative = decision.predictive_values(0.9, 0.95, 0.01)
    assert (positive, negative) == (pytest.approx(0.009 / (0.009 + 0.0495)), pytest.approx(0.9405 / 0.9415))
    nobody, everybody = decision.predictive_values(0.0, 1.0, 0.2)
    assert np.isnan(nobody)
    assert everybody == 0.8
    assert decision.predictive_values(0.5, 0.5, 0.0) == (0.0, 1.0)


def test_net_benefit_is_that_of_the_paper():
    labels, risks = np.array([1, 1, 0, 0, 0]), np.array([0.9, 0.2, 0.6, 0.1, 0.05])
    found = decision.net_benefit(labels, risks, np.array([0.0, 0.2, 0.5, 0.95]))
    assert found == pytest.approx([2 / 5, 2 / 5 - 1 / 5 * 0.25, 1 / 5 - 1 / 5 * 1, 0])
    assert decision.treat_all(0.4, np.array([0.0, 0.2, 0.4])) == pytest.approx([0.4, 0.4 - 0.6 * 0.25, 0])


def test_to_treat_all_is_a_network_that_calls_everybody_ill_and_a_perfect_one_finds_the_prevalence():
    labels, grid = drawn()[0], np.arange(1, 100) / 100
    assert decision.net_benefit(labels, np.ones(len(labels)), grid) == pytest.approx(
        decision.treat_all(labels.mean(), grid)
    )
    assert decision.net_benefit(labels, labels.astype(float), grid) == pytest.approx(np.full(99, labels.mean()))
    assert not decision.net_benefit(labels, np.zeros(len(labels)), grid).any()
