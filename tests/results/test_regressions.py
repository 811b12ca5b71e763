import math

import pytest

from cnnbench.config import Bound
from cnnbench.core.errors import UserError
from cnnbench.metrics.intervals.bootstrap import Estimate
from cnnbench.results import regressions
from cnnbench.results.earlier import Earlier
from cnnbench.results.regressions import FIGURES


def since(before, now, thresholds=None, *, predictions=True):
    folder = before.folder / ("runs" if predictions else "none")
    earlier = Earlier("HEAD", before.metrics, folder)
    return regressions.compare(earlier, now.metrics, now.folder / "runs", thresholds or {})


@pytest.mark.parametrize(
    ("then", "now", "word"), [(5, 40, "worse"), (40, 5, "better"), (20, 22, "cannot be told apart")]
)
def test_predictions_of_the_same_examples_are_paired(results, then, now, word):
    before, after = results("before"), results("after")
    before.classifier("r", then)
    after.classifier("r", now)
    (change,) = since(before, after).changes
    assert (change.run, change.metric, change.word) == ("r", "accuracy", word)
    assert change.test == "McNemar (mid-p)"
    assert change.difference.value == pytest.approx((then - now) / 200)
    assert (change.before, change.now) == pytest.approx((1 - then / 200, 1 - now / 200))
    assert change.regressed is (word == "worse")


def test_a_larger_error_is_worse(results):
    before, after = results("before"), results("after")
    before.regressor("r", 1.0)
    after.regressor("r", 2.0)
    (change,) = since(before, after).changes
    assert (change.metric, change.word, change.test) == ("rmse", "worse", "paired bootstrap")
    assert change.difference.low > 0


def test_groups_that_repeat_are_drawn_whole(results):
    """Twelve more wrong answers of two patients are less than as many of twelve."""
    words = []
    for groups in (None, [str(index // 6) for index in range(200)]):
        before, after = results(f"before{groups is None}"), results(f"after{groups is None}")
        before.classifier("r", 0, groups=groups)
        after.classifier("r", 12, groups=groups)
        words.append(since(before, after).changes[0].word)
    assert words == ["worse", "cannot be told apart"]


def test_holm_is_over_all_runs(results):
    """Seven more wrong answers and none less, p 0.0078: enough for one run, not for one among ten."""
    before, after = results("before"), results("after")
    before.classifier("r0", 0)
    after.classifier("r0", 7)
    assert since(before, after).changes[0].word == "worse"
    for index in range(1, 10):
        before.classifier(f"r{index}", 10, recipe={"lr": index})
        after.classifier(f"r{index}", 10, recipe={"lr": index})
    first, *others = since(before, after).changes
    assert (first.word, {other.word for other in others}) == ("cannot be told apart", {"the same"})


def test_repeats_are_held_together_and_a_lucky_seed_is_no_regression(results):
    before, after = results("before"), results("after")
    for seed, then, now in ((0, 10, 40), (1, 40, 10), (2, 25, 25)):
        before.classifier(f"r-s{seed}", then, seed=seed)
        after.classifier(f"r-s{seed}", now, seed=seed)
    (change,) = since(before, after).changes
    assert (change.run, change.word) == ("r", "the same")
    assert change.before == pytest.approx(change.now)


def test_thresholds_are_watched_beside_the_headline(results):
    before, after = results("before"), results("after")
    before.classifier("r", 5)
    after.classifier("r", 40)
    bounds = {"r": {"log_loss": Bound(kind="max", value=9), "accuracy": Bound(kind="min", value=0)}}
    after.metrics["r"]["own"] = before.metrics["r"]["own"] = Estimate(1.0, 0.9, 1.1)
    bounds["r"] |= {"own": Bound(kind="min", value=0), "gone": Bound(kind="min", value=0)}
    found = since(before, after, bounds)
    assert [(change.metric, change.word, change.test) for change in found.changes] == [
        ("accuracy", "worse", "McNemar (mid-p)"),
        ("log_loss", "worse", "paired bootstrap"),
        ("own", "the same", FIGURES),
        ("gone", "not compared", ""),
    ]
    assert found.notes == ["r, gone: not measured at HEAD."]
    assert found.summary == "2 of 3 figures worse since HEAD"


@pytest.mark.parametrize(
    ("now", "word"),
    [
        (Estimate(0.80, 0.78, 0.82), "worse"),  # 0.1 > root(0.02^2 + 0.08^2)
        (Estimate(0.83, 0.81, 0.85), "cannot be told apart"),
        (Estimate(0.96, 0.93, 0.98), "better"),  # 0.06 > root(0.03^2 + 0.03^2)
        (Estimate(0.93, 0.90, 0.95), "cannot be told apart"),
        (Estimate(0.90, 0.10, 0.95), "the same"),
    ],
)
def test_figures_alone_need_a_difference_beyond_both_halves(results, now, word):
    before, after = results("before"), results("after")
    before.metrics["r"] = {"accuracy": Estimate(0.9, 0.82, 0.93)}
    after.metrics["r"] = {"accuracy": now}
    (change,) = since(before, after, predictions=False).changes
    assert (change.word, change.test) == (word, FIGURES)


def test_a_larger_figure_of_an_error_is_worse(results):
    before, after = results("before"), results("after")
    before.metrics["r"] = {"rmse": Estimate(2.0, 1.5, 2.5)}
    after.metrics["r"] = {"rmse": Estimate(4.0, 3.5, 4.5)}
    assert since(before, after, predictions=False).changes[0].regressed


def test_new_runs_and_those_that_are_gone_are_said(results):
    before, after = results("before"), results("after")
    for found, names in ((before, ("r", "old")), (after, ("r", "new"))):
        for name in names:
            found.classifier(name, 5)
    found = since(before, after)
    assert (found.new, found.gone) == (("new",), ("old",))
    assert found.notes == ["new: new since HEAD.", "old: gone since HEAD."]
    assert len(found.changes) == 1


def test_what_is_not_the_same_is_not_compared_and_says_why(results):
    before, after = results("before"), results("after")
    before.classifier("r", 5, ids="y")
    before.classifier("s", 5)
    after.classifier("r", 40)
    after.classifier("s", 5, synthetic=True)
    after.classifier("t", 5, dataset="e")
    before.classifier("t", 5, dataset="e")
    found = since(before, after)
    assert [change.word for change in found.changes] == ["not compared", "not compared", "the same"]
    assert "the same test examples" in found.notes[0]
    assert "synthetic" in found.notes[1]
    assert found.summary == "none of 1 figure worse since HEAD"


@pytest.mark.parametrize("measure", [Estimate(0.9, math.nan, math.nan), Estimate(math.nan, 0.1, 0.2)])
def test_nothing_that_can_be_compared_is_an_error(results, measure):
    before, after = results("before"), results("after")
    after.classifier("r", 5)
    with pytest.raises(UserError, match="can be compared with HEAD, received none: they have no run in common"):
        since(before, after)
    before.metrics["r"] = {"accuracy": measure}
    with pytest.raises(UserError, match="received none: no figure with an interval at HEAD"):
        since(before, after, predictions=False)
