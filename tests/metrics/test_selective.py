"""Risk against coverage."""

import numpy as np
import pytest

from cnnbench.metrics import selective


def test_by_hand():
    correct, confidence = np.array([False, True, True, False]), np.array([0.5, 0.9, 0.8, 0.7])
    coverage, risk = selective.risk_coverage(correct, confidence)
    assert coverage.tolist() == [0.25, 0.5, 0.75, 1]
    assert risk == pytest.approx([0, 0, 1 / 3, 1 / 2])
    assert selective.area(risk) == pytest.approx((1 / 3 + 1 / 2) / 4)
    assert selective.at_coverages(risk, np.array([0.01, 0.25, 0.26, 0.5, 0.75, 1])) == pytest.approx(
        [0, 0, 0, 0, 1 / 3, 1 / 2]
    )


def test_equal_confidences_share_their_errors_whatever_their_order():
    rng = np.random.default_rng(0)
    correct, confidence = rng.random(200) < 0.7, np.round(rng.random(200), 1)
    _, risk = selective.risk_coverage(correct, confidence)
    turned = rng.permutation(200)
    assert selective.risk_coverage(correct[turned], confidence[turned])[1] == pytest.approx(risk)
    assert selective.risk_coverage(correct, np.zeros(200))[1] == pytest.approx(np.full(200, 1 - correct.mean()))


def test_the_whole_is_the_error_and_a_confidence_that_knows_errs_last():
    rng = np.random.default_rng(1)
    correct, confidence = rng.random(500) < 0.8, rng.random(500)
    coverage, risk = selective.risk_coverage(correct, confidence)
    assert (coverage[-1], risk[-1]) == (1, pytest.approx(1 - correct.mean()))
    knowing = selective.risk_coverage(correct, correct + confidence / 2)[1]
    assert selective.area(knowing) < selective.area(risk)
    assert not knowing[: correct.sum()].any()


def test_a_share_of_the_examples_is_a_whole_number_of_them():
    risk = np.arange(100) / 100
    assert selective.at_coverages(risk, np.arange(1, 101) / 100).tolist() == risk.tolist()
    assert selective.at_coverages(np.array([0.5]), np.array([0.01, 1])).tolist() == [0.5, 0.5]
