import numpy as np
import pandas as pd
import pytest
from repeated import guesses, predictions, write_run
from sklearn import metrics

from cnnbench.core.errors import UserError
from cnnbench.metrics.intervals.proportions import wilson
from cnnbench.metrics.measure import measure
from cnnbench.metrics.predictions import Predictions
from cnnbench.results import entries


def halves(folder, name, seed, gain=1.0, folds=(0, 1)):
    """A run per fold, each of half the test examples."""
    labels, scores = guesses(seed, gain)
    for fold in folds:
        part = slice(100 * fold, 100 * fold + 100)
        frame = predictions(labels[part], scores[part], first=100 * fold)
        write_run(folder, f"{name}-s{seed}-f{fold}", frame, seed=seed, fold=fold, epochs_trained=seed)


def test_a_run_alone_is_an_entry_by_its_own_name(tmp_path):
    write_run(tmp_path, "moons-net", predictions(*guesses(0, 1.0)))
    (entry,) = entries.load(tmp_path)
    assert (entry.name, entry.runs, entry.seeds, entry.folds) == ("moons-net", ("moons-net",), (0,), (0,))
    assert (entry.record.dataset, entry.record.classes) == ("moons", ("no", "yes"))
    assert entry.headline == entry.metrics[0] == "accuracy"
    assert entry.deviation("accuracy").over == ""
    assert np.isnan(entry.deviation("accuracy").value)


def test_every_metric_is_the_one_in_metrics_json(tmp_path):
    labels, scores = guesses(0, 1.0)
    write_run(tmp_path, "moons-net", predictions(labels, scores), threshold=0.4)
    (entry,) = entries.load(tmp_path)
    stated = measure(Predictions(labels, np.stack([1 - scores, scores], axis=1)))
    for name in set(stated) - {"ece"}:
        assert entry.estimate(name).value == pytest.approx(stated[name].value, abs=1e-12)
    at = metrics.accuracy_score(labels, scores >= 0.4)
    assert entry.estimate("accuracy_at_threshold").value == pytest.approx(at)


def test_a_metric_that_may_be_negative_is_not_cut_at_zero(tmp_path):
    write_run(tmp_path, "moons-net", predictions(*guesses(0, -0.5)))
    (entry,) = entries.load(tmp_path)
    for name in ("kappa", "matthews"):
        value, low, high = entry.estimate(name)
        assert -1 <= low < value < high < 0


def test_a_regression(tmp_path):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"id": [f"{n:03}" for n in range(50)], "label": rng.normal(size=50)})
    frame = frame.assign(group=frame["id"], prediction=frame["label"] + rng.normal(0, 0.3, 50))
    write_run(tmp_path, "houses", frame, task="regression", classes=[])
    (entry,) = entries.load(tmp_path)
    assert (entry.headline, entry.metrics) == ("rmse", ("rmse", "mae", "r2", "median_absolute_error"))
    assert entry.estimate("r2").value == pytest.approx(metrics.r2_score(frame["label"], frame["prediction"]))
    low, value, high = (entry.estimate("rmse")[i] for i in (1, 0, 2))
    assert 0 < low < value < high


def test_repeats_are_gathered_and_others_are_not(tmp_path):
    for seed in (0, 1, 2):
        suffix = f"-s{seed}-f0" if seed else ""
        frame = predictions(*guesses(seed, 1.0))
        write_run(
            tmp_path, f"moons-net{suffix}", frame, seed=seed, best_epoch=seed, threshold=seed / 10, temperature=1 + seed
        )
    write_run(tmp_path, "moons-net2", predictions(*guesses(7, 1.0)), recipe={"lr": 0.1})
    found = entries.load(tmp_path)
    assert [entry.name for entry in found] == ["moons-net", "moons-net2"]
    entry = found[0]
    assert entry.runs == ("moons-net", "moons-net-s1-f0", "moons-net-s2-f0")
    each = [metrics.accuracy_score(*_answers(seed)) for seed in (0, 1, 2)]
    assert entry.estimate("accuracy").value == pytest.approx(np.mean(each))
    assert entry.deviation("accuracy") == pytest.approx((np.std(each, ddof=1), "seeds"))


def test_a_field_more_in_run_json_tears_no_repeats_apart(tmp_path):
    for seed in (0, 1):
        more = {"final_val_loss": 0.25, "changed": ["a new kind of change"]} if seed else {}
        write_run(tmp_path, f"moons-net-s{seed}", predictions(*guesses(seed, 1.0)), seed=seed, **more)
    (entry,) = entries.load(tmp_path)
    assert entry.seeds == (0, 1)
    assert entry.deviation("accuracy").over == "seeds"
    low, value, high = (entry.estimate("accuracy")[i] for i in (1, 0, 2))
    assert low < value < high


@pytest.mark.parametrize(
    "facts",
    [
        {"dataset": "suns"}, {"architecture": "other"}, {"protocol": "official"}, {"profile": "full"}, {"unit": "m"},
        {"source": "tfds"}, {"synthetic": True}, {"origin": "elsewhere"}, {"classes": ["a", "b"]}, {"parameters": 9},
        {"recipe_name": "tuned"}, {"recipe": {"l2": 0.1}}, {"input_shape": [26, 1]},
        {"examples": {"train": 8, "val": 1, "test": 1}},
    ],
)  # fmt: skip
def test_runs_that_differ_in_data_network_or_recipe_are_no_repeats(tmp_path, facts):
    for seed, more in enumerate(({}, facts)):
        write_run(tmp_path, f"moons-net-s{seed}", predictions(*guesses(seed, 1.0)), seed=seed, **more)
    assert [entry.runs for entry in entries.load(tmp_path)] == [("moons-net-s0",), ("moons-net-s1",)]


def _answers(seed):
    labels, scores = guesses(seed, 1.0)
    return labels, scores >= 0.5


def test_folds_are_one_test_set(tmp_path):
    for seed in (0, 1):
        halves(tmp_path, "moons-net", seed)
    (entry,) = entries.load(tmp_path)
    assert (entry.name, entry.seeds, entry.folds) == ("moons-net", (0, 1), (0, 1))
    assert [len(frame) for frame in entry.predictions] == [200, 200]
    areas = [metrics.roc_auc_score(*guesses(seed, 1.0)) for seed in (0, 1)]
    assert entry.estimate("roc_auc").value == pytest.approx(np.mean(areas))


def test_a_seed_without_all_its_folds_does_not_count(tmp_path):
    halves(tmp_path, "moons-net", 0)
    halves(tmp_path, "moons-net", 1, folds=(1,))
    (entry,) = entries.load(tmp_path)
    assert len(entry.runs) == 3
    assert (entry.seeds, entry.folds) == ((0,), (0, 1))
    values = [metrics.accuracy_score(*(part[half] for part in _answers(0))) for half in (slice(100), slice(100, 200))]
    assert entry.deviation("accuracy") == pytest.approx((np.std(values, ddof=1), "folds"))


@pytest.mark.parametrize(
    ("kinds", "names"),
    [
        ([["a-b-s1-f0", "a-b-s2-f0"]], ["a-b"]),
        ([["a-b", "a-b-s10-f0", "a-b-s11-f0"]], ["a-b"]),
        ([["left", "right"]], ["left"]),
        ([["a-b-s1-f0", "a-b-s2-f0"], ["a-b"]], ["a-b-s1-f0", "a-b"]),
        ([["a-x-s1", "a-x-s2"], ["a-x-s3", "a-x-s4"]], ["a-x-s1", "a-x-s3"]),
    ],
)
def test_an_entry_is_named_by_what_its_runs_share(kinds, names):
    assert [entries._choose_name(runs, kinds) for runs in kinds] == names


def test_a_network_that_diverged_has_no_metric(tmp_path):
    labels, scores = guesses(0, 1.0)
    write_run(tmp_path, "moons-net", predictions(labels, scores * np.nan))
    (entry,) = entries.load(tmp_path)
    assert np.isnan(entry.estimate("accuracy")).all()


def test_an_interval_ends_where_the_metric_does(tmp_path):
    for seed, wrong in enumerate((0, 40)):
        labels = np.arange(100) % 2
        write_run(tmp_path, f"moons-s{seed}", predictions(labels, np.where(np.arange(100) < wrong, 1 - labels, labels)),
                  seed=seed)  # fmt: skip
    (entry,) = entries.load(tmp_path)
    assert entry.estimate("accuracy") == pytest.approx((0.8, 0.0, 1.0))


def test_predictions_that_do_not_fit_are_one_line(tmp_path):
    labels, scores = guesses(0, 1.0)
    for fold in (0, 1):
        write_run(tmp_path, f"moons-f{fold}", predictions(labels, scores), fold=fold)
    (entry,) = entries.load(tmp_path)
    with pytest.raises(UserError, match="Expected each test example of moons in one fold, received 200 in several"):
        _ = entry.predictions
    other = tmp_path / "other"
    for seed in (0, 1):
        write_run(other, f"moons-s{seed}", predictions(labels, scores, first=seed), seed=seed)
    with pytest.raises(UserError, match="Expected the same test examples for every seed of moons"):
        _ = entries.load(other)[0].predictions
    path = other / "moons-s0/predictions.parquet"
    predictions(labels, scores).drop(columns="score_1").to_parquet(path)
    with pytest.raises(UserError, match=r"Expected the columns .*, score_1 in .*predictions.parquet") as stop:
        _ = entries.load(other)[0].predictions
    assert "\n" not in str(stop.value)
    path.unlink()
    with pytest.raises(UserError, match=r"Expected the file .*predictions.parquet, received none"):
        _ = entries.load(other)[0].predictions


def test_repeats_that_are_right_everywhere_are_not_certain(tmp_path):
    labels = np.arange(40) % 2
    for seed in (0, 1):
        write_run(tmp_path, f"moons-s{seed}", predictions(labels, labels), seed=seed)
    (entry,) = entries.load(tmp_path)
    for name in ("accuracy", "roc_auc"):
        value, low, high = entry.estimate(name)
        assert (value, high) == (1, 1)
        assert low == pytest.approx(wilson(1, 20).low)
