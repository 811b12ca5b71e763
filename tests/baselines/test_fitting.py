"""The methods on made-up matrices."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from cnnbench.baselines import fitting
from cnnbench.baselines.fitting import Design, constant, linear, neighbours

EVERY = pytest.mark.parametrize("method", [constant, linear, neighbours])


def blobs(classes=3, n=90, *, seed=0):
    """Classes that a line tells apart, nearly; the last column never changes."""
    rng = np.random.default_rng(seed)

    def part(n):
        labels = np.arange(n) % classes
        inputs = rng.normal(size=(n, 5)) + 3 * np.eye(5)[labels]
        return np.column_stack([inputs, np.ones(n)]).astype(np.float32), labels

    (train, train_labels), (val, val_labels), (test, labels) = part(n), part(n), part(n)
    return Design(train, train_labels, val, val_labels, test, classes), labels


def line(n=80):
    rng = np.random.default_rng(0)
    inputs = [rng.normal(size=(n, 4)).astype(np.float32) for _ in range(3)]
    targets = [x @ np.array([1.0, -2, 0, 3], np.float32) + 5 for x in inputs]
    return Design(inputs[0], targets[0], inputs[1], targets[1], inputs[2], 0), targets[2]


@EVERY
def test_scores_are_probabilities_and_the_same_each_time(method):
    design, _ = blobs()
    first, second = method(design), method(design)
    for scores, again in zip(first[:2], second[:2], strict=True):
        assert scores.shape == (90, 3)
        assert scores.sum(axis=1) == pytest.approx(1)
        assert (scores == again).all()


def test_a_constant_is_the_shares_of_the_training_part_or_the_mean():
    design, _ = blobs()
    design = design._replace(train_labels=np.array([0] * 60 + [1] * 30))
    assert constant(design).test[0].tolist() == pytest.approx([2 / 3, 1 / 3, 0])
    houses, _ = line()
    assert constant(houses).test == pytest.approx(houses.train_labels.mean())


@pytest.mark.parametrize("method", [linear, neighbours])
def test_what_can_be_told_apart_is(method):
    design, labels = blobs()
    assert (method(design).test.argmax(axis=1) == labels).mean() > 0.9


def test_the_penalty_with_the_lowest_validation_loss_is_chosen():
    design, _ = blobs()
    fitted = linear(design)
    losses = {}
    scaled = fitting._standardise(design)
    for penalty in fitting.PENALTIES:
        model = LogisticRegression(C=penalty, tol=1e-3, max_iter=200).fit(scaled.train, scaled.train_labels)
        losses[penalty] = fitting._loss(model.predict_proba(scaled.val), design)
    assert losses[fitted.chosen["C"]] == pytest.approx(min(losses.values()), rel=1e-2)
    assert fitted.parameters == 3 * 6 + 3


def test_a_line_is_found_and_neighbours_are_near_it():
    design, targets = line()
    assert linear(design).test[:, 0] == pytest.approx(targets, abs=0.01)
    error = np.sqrt(np.square(neighbours(design).test[:, 0] - targets).mean())
    assert error < targets.std()


@EVERY
def test_a_class_without_training_examples_has_score_0_and_a_single_one_has_all(method):
    design, _ = blobs()
    kept = design.train_labels != 1
    two = method(design._replace(train=design.train[kept], train_labels=design.train_labels[kept]))
    assert (two.test[:, 1] == 0).all()
    one = method(design._replace(train_labels=np.zeros(90, int)))
    assert (one.test == [1, 0, 0]).all()


def test_fewer_training_examples_than_neighbours_are_all_taken():
    design, _ = blobs()
    few = design._replace(train=design.train[:2], train_labels=design.train_labels[:2])
    assert neighbours(few).chosen == {"k": 1}


def test_a_row_of_zeros_has_neighbours_too():
    design, _ = blobs()
    assert np.isfinite(neighbours(design._replace(test=np.zeros_like(design.test))).test).all()
