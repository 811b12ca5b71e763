"""What holds of every interval and test, for all predictions."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_predictions import MOST, classified, patients, ranked, regressed
from sklearn.metrics import roc_auc_score
from statsmodels.stats.contingency_tables import mcnemar as exact
from statsmodels.stats.proportion import proportion_confint

from cnnbench.metrics import lookup
from cnnbench.metrics.intervals import delong, proportions
from cnnbench.metrics.measure import measure
from cnnbench.metrics.per_class import NAMES, per_class
from cnnbench.metrics.predictions import Predictions
from cnnbench.metrics.significance import pairs

DRAWS = 40


def held(estimate, lowest=0.0, highest=1.0):
    """Whether the interval, where there is one, holds the value and keeps within bounds."""
    value, low, high = estimate
    assert math.isnan(low) == math.isnan(high)
    if math.isnan(value) or math.isnan(low):
        return True
    return lowest - 1e-12 <= low <= value + 1e-12 and value - 1e-12 <= high <= highest + 1e-12


@given(classified() | regressed(), st.data())
def test_an_interval_holds_its_value_and_keeps_within_the_bounds_of_its_row(predictions, data):
    groups = data.draw(st.none() | patients(len(predictions[0])))
    for name, estimate in measure(Predictions(*predictions, groups), draws=DRAWS).items():
        row = lookup.find(name)
        assert held(estimate, row.lowest, row.highest), (name, estimate)


@given(classified(), st.data())
def test_so_does_that_of_each_class(predictions, data):
    groups = data.draw(st.none() | patients(len(predictions[0])))
    names = [str(index) for index in range(predictions[1].shape[1])]
    table = per_class(*predictions, names, groups)
    assert table["n"].sum() == len(predictions[0])
    for _, row in table.iterrows():
        for name in NAMES:
            assert held((row[name], row[f"{name}_low"], row[f"{name}_high"])), (name, row)


@given(st.integers(1, 1000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), st.floats(0.5, 0.999))
def test_wilsons_interval_is_statsmodels_and_mirrors(counts, level):
    hits, n = counts
    found, mirrored = proportions.wilson(hits / n, n, level), proportions.wilson((n - hits) / n, n, level)
    assert held(found)
    assert found[1:] == pytest.approx(proportion_confint(hits, n, 1 - level, "wilson"), abs=1e-12)
    assert (mirrored.low, mirrored.high) == pytest.approx((1 - found.high, 1 - found.low), abs=1e-12)


@given(ranked(), st.data())
def test_the_area_is_scikit_learns_and_its_interval_mirrors(ranking, data):
    positive, score = ranking
    groups = data.draw(st.none() | patients(len(score)))
    found, mirrored = delong.auc(positive, score, groups), delong.auc(~positive, score, groups)
    assert found.value == pytest.approx(roc_auc_score(positive, score), abs=1e-12)
    assert held(found)
    assert tuple(mirrored) == pytest.approx((1 - found.value, 1 - found.high, 1 - found.low), abs=1e-9, nan_ok=True)


@given(ranked(), st.data())
def test_delongs_test_turns_round_with_its_networks(ranking, data):
    positive, first = ranking
    second = first[np.array(data.draw(st.permutations(range(len(first)))))]
    (one, _, p), (other, _, same) = (pairs.delong_test(positive, *both) for both in ((first, second), (second, first)))
    assert (one.value, one.low, one.high) == pytest.approx((-other.value, -other.high, -other.low), nan_ok=True)
    assert p == pytest.approx(same, nan_ok=True)
    assert math.isnan(p) or 0 <= p <= 1
    assert held(one, -1)


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=MOST))
def test_mcnemars_test_is_below_the_exact_one_and_turns_round(answers):
    first, second = np.array(answers).T
    (one, _, p), (other, _, same) = (pairs.mcnemar(*both) for both in ((first, second), (second, first)))
    assert (one.value, one.low, one.high, p) == pytest.approx((-other.value, -other.high, -other.low, same))
    assert held(one, -1)
    table = [[(first & second).sum(), (first & ~second).sum()], [(~first & second).sum(), (~first & ~second).sum()]]
    assert 0 < p <= exact(table, exact=True).pvalue + 1e-12


@given(st.lists(st.floats(0, 1), min_size=1, max_size=6))
def test_holms_adjustment_is_the_closure_of_bonferronis(p):
    subsets = [subset for size in range(1, len(p) + 1) for subset in itertools.combinations(range(len(p)), size)]
    bonferroni = {subset: min(1.0, len(subset) * min(p[index] for index in subset)) for subset in subsets}
    closed = [max(value for subset, value in bonferroni.items() if index in subset) for index in range(len(p))]
    assert pairs.holm(p) == pytest.approx(closed, abs=1e-12)
