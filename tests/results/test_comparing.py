import re

import numpy as np
import pytest
from repeated import guesses, predictions, write_run

from cnnbench.metrics.significance import pairs
from cnnbench.results import comparing, entries


def entry(folder, name, gain=1.0, seeds=(0,), n=200, groups=None, first=0, **facts):
    """An entry of runs whose noise differs with the name and the seed."""
    for seed in seeds:
        labels, scores = guesses(sum(map(ord, name)) + 1000 * seed, gain, n)
        write_run(folder / name, f"{name}-s{seed}", predictions(labels, scores, groups=groups, first=first),
                  seed=seed, **facts)  # fmt: skip
    return entries.load(folder / name)[0]


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"dataset": "suns"}, "Expected one data set for a-s0 and b-s0, received moons and suns"),
        ({"task": "regression"}, "Expected one task"),
        ({"synthetic": True, "source": "phantom"}, "received b-s0 on synthetic images and a-s0 on real data"),
        ({"classes": ["yes", "no"]}, "Expected one list of classes for a-s0 and b-s0, received other classes"),
        ({"protocol": "official"}, "Expected one split protocol .*, received grouped 8:1:1 and official"),
        ({"profile": "full"}, "Expected one profile .*, received quick and full"),
        ({"source": "tfds"}, "Expected one source of the data set .*, received packaged and tfds"),
        ({"n": 150}, "Expected the same test examples .*, received 200 and 150, 150 of them shared"),
        ({"first": 100}, "received 200 and 200, 100 of them shared"),
        ({"groups": np.arange(200) // 2}, "Expected the same group of each test example"),
        ({"first": 0}, None),
    ],
)
def test_what_is_not_of_one_kind_is_refused_with_the_reason(tmp_path, facts, reason):
    first, second = entry(tmp_path, "a"), entry(tmp_path, "b", **facts)
    for said in (comparing.refusal(first, second), comparing.refusal(second, first)):
        assert (said is None) == (reason is None)
        assert said is None or "\n" not in said
    if reason:
        assert re.search(reason, comparing.refusal(first, second))


def test_changed_labels_are_refused(tmp_path):
    first = entry(tmp_path, "a")
    labels, scores = guesses(0, 1.0)
    write_run(tmp_path / "b", "b", predictions(1 - labels, scores))
    assert "Expected the same label" in comparing.refusal(first, entries.load(tmp_path / "b")[0])


def test_one_seed_has_the_closed_tests_and_the_bootstrap_for_the_rest(tmp_path):
    first, second = entry(tmp_path, "a", gain=1.5), entry(tmp_path, "b")
    found = {one.metric: one for one in comparing.compare(first, second)}
    assert list(found) == list(first.metrics)
    closed = {"accuracy": "McNemar (mid-p)", "roc_auc": "DeLong"}
    assert {name: one.test for name, one in found.items()} == dict.fromkeys(found, "paired bootstrap") | closed
    right = [(frame["score_1"] >= 0.5) == frame["label"] for frame in (first.predictions[0], second.predictions[0])]
    assert found["accuracy"][1:] == tuple(pairs.mcnemar(*(array.to_numpy() for array in right)))
    for one in found.values():
        back = comparing.compare(second, first, [one.metric])[0]
        assert back.difference == pytest.approx((-one.difference[0], -one.difference[2], -one.difference[1]), abs=1e-3)
        assert back.p == pytest.approx(one.p, abs=0.003)


def test_groups_and_seeds_are_bootstrapped(tmp_path):
    patients = np.arange(200) // 4
    first, second = (entry(tmp_path, name, groups=patients) for name in "ab")
    assert {one.test for one in comparing.compare(first, second)} == {"paired bootstrap"}
    first, second = (entry(tmp_path, name, seeds=(0, 1, 2)) for name in "cd")
    assert {one.test for one in comparing.compare(first, second)} == {"paired bootstrap over examples and seeds"}


def test_seeds_in_common_are_compared_else_all(tmp_path):
    first, second, third = (entry(tmp_path, name, seeds=s) for name, s in (("a", (0, 1)), ("b", (1, 2)), ("c", (3, 4))))
    (one,) = comparing.compare(first, second, ["accuracy"])
    assert one.test == "McNemar (mid-p)"
    values = [entry.draws("accuracy", [1]).mean for entry in (first, second)]
    assert one.difference.value == pytest.approx(values[0] - values[1])
    (one,) = comparing.compare(first, third, ["accuracy"])
    assert one.test == "paired bootstrap over examples and seeds"
    assert one.difference.value == pytest.approx(first.draws("accuracy").mean - third.draws("accuracy").mean)


def test_standings(tmp_path):
    members = [entry(tmp_path, name, gain=gain, n=400) for name, gain in (("a", 0.5), ("b", 2.0), ("c", 0.55))]
    found = comparing.standings(members)
    assert found["b-s0"] == (1, 1, 1, "a")
    assert {place.tie_group for name, place in found.items() if name != "b-s0"} == {"b"}
    assert all((place.rank_low, place.rank_high) == (2, 3) for name, place in found.items() if name != "b-s0")
    assert comparing.standings(members[:1]) == {"a-s0": (1, 1, 1, "a")}
    assert comparing.standings([]) == {}


def test_a_network_that_diverged_is_last_and_nothing_is_claimed(tmp_path):
    labels, scores = guesses(0, 1.0)
    write_run(tmp_path / "bad", "bad", predictions(labels, scores * np.nan))
    members = [entries.load(tmp_path / "bad")[0], entry(tmp_path, "a")]
    assert comparing.standings(members)["bad"] == (2, 1, 2, "a")
    found = comparing.compare_all([members])
    assert all(np.isnan(pair.p_holm) for pair in found)
    assert {pair.verdict for pair in found} == {"cannot be told apart"}


def test_all_pairs_of_a_set_are_compared_holm_adjusted_and_sorted(tmp_path):
    members = [entry(tmp_path, name, gain=gain) for name, gain in (("c", 1.0), ("a", 1.6), ("b", 1.1))]
    members += [entry(tmp_path, "d", dataset="suns"), entry(tmp_path, "e", protocol="official")]
    sets = comparing.comparable(members)
    assert [len(found) for found in sets] == [3, 1, 1]
    found = comparing.compare_all(sets)
    assert list(comparing.COLUMNS) == list(comparing.Pair._fields)
    assert list(dict.fromkeys((pair.first, pair.second) for pair in found)) == [
        ("a-s0", "b-s0"), ("a-s0", "c-s0"), ("b-s0", "c-s0"),
    ]  # fmt: skip
    assert [pair.metric for pair in found] == list(members[0].metrics) * 3
    for metric in members[0].metrics:
        tested = [pair for pair in found if pair.metric == metric]
        assert [pair.p_holm for pair in tested] == pairs.holm([pair.p for pair in tested])
    assert found == comparing.compare_all(comparing.comparable(members[::-1]))
    assert comparing.compare_all(sets[1:]) == []


@pytest.mark.parametrize(
    ("metric", "difference", "p", "said"),
    [
        ("accuracy", 0.1, 0.01, "x is better"),
        ("accuracy", -0.1, 0.01, "y is better"),
        ("rmse", 0.1, 0.01, "y is better"),
        ("log_loss", -0.1, 0.01, "x is better"),
        ("accuracy", 0.1, 0.05, "cannot be told apart"),
        ("accuracy", 0.0, 0.0, "cannot be told apart"),
    ],
)
def test_the_verdict_knows_which_way_is_better(metric, difference, p, said):
    assert comparing.verdict("x", "y", metric, difference, p) == said
