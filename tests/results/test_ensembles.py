"""Ensembles of the seeds of an entry."""

import numpy as np
import pandas as pd
import pytest
from repeated import guesses, predictions, write_run
from toys import refused

from cnnbench.metrics import calibration
from cnnbench.results import comparing, ensembles, entries

TWO = {"classes": ["no", "yes"], "threshold": 0.4}


def write_seeds(folder, seeds=(0, 1, 2), *, gain=0.8, validation=True, name="moons-net", **facts):
    for seed in seeds:
        labels, scores = guesses(seed, gain)
        run = write_run(folder, f"{name}-s{seed}", predictions(labels, scores), seed=seed, **TWO | facts)
        if validation:
            held = predictions(*guesses(seed + 50, gain, 60))
            held[["label", "score_0", "score_1"]].to_csv(run / "validation.csv", index=False)
    return entries.load(folder)


def test_scores_are_the_mean_of_the_seeds(tmp_path):
    (entry,) = write_seeds(tmp_path)
    (made,) = ensembles.gather([entry])
    assert made.name == "moons-net ensemble of 3 seeds"
    expected = np.mean([frame["score_1"] for frame in entry.predictions], axis=0)
    assert made.predictions[0]["score_1"].to_numpy() == pytest.approx(expected)
    record = made.record
    assert (record.kind, record.seed, record.parameters, record.size) == ("ensemble", None, 3 * 1234, 3)
    members, _ = entry.draws("roc_auc")
    assert record.metrics["roc_auc"].value > members.max(), "noise of seeds cancels"
    assert record.metrics["accuracy"].low < record.metrics["accuracy"].value < record.metrics["accuracy"].high


def test_threshold_and_temperature_are_chosen_for_the_mean_on_validation_data(tmp_path):
    (entry,) = write_seeds(tmp_path)
    record = ensembles.gather([entry])[0].record
    tables = [pd.read_csv(tmp_path / f"moons-net-s{seed}/validation.csv") for seed in range(3)]
    scores = np.mean([table[["score_0", "score_1"]] for table in tables], axis=0)
    assert record.temperature == calibration.fit_temperature(tables[0]["label"].to_numpy(), scores)
    assert record.threshold not in (None, 0.4)
    assert {"sensitivity_at_threshold", "log_loss_calibrated"} <= set(record.metrics)


def test_without_validation_scores_there_is_neither(tmp_path):
    (entry,) = write_seeds(tmp_path, validation=False)
    record = ensembles.gather([entry])[0].record
    assert (record.temperature, record.threshold) == (None, None)
    assert not {"sensitivity_at_threshold", "log_loss_calibrated"} & set(record.metrics)
    assert "log_loss" in record.metrics


@pytest.mark.parametrize(("seeds", "lines"), [((2,), 7), ((0, 1, 2), 1)], ids=["one is shorter", "all are empty"])
def test_validation_scores_of_other_or_no_examples_choose_neither(tmp_path, seeds, lines):
    (entry,) = write_seeds(tmp_path)
    for seed in seeds:
        table = tmp_path / f"moons-net-s{seed}/validation.csv"
        table.write_text("".join(table.read_text().splitlines(keepends=True)[:lines]))
    record = ensembles.gather([entry])[0].record
    assert (record.temperature, record.threshold) == (None, None)


@pytest.mark.parametrize("label", ["2", "-1", "0.5"])
def test_a_validation_label_of_no_class_is_damage(tmp_path, label):
    (entry,) = write_seeds(tmp_path)
    table = pd.read_csv(tmp_path / "moons-net-s1/validation.csv", dtype=str)
    table.loc[3, "label"] = label
    table.to_csv(tmp_path / "moons-net-s1/validation.csv", index=False)
    with refused(rf"Expected labels 0 to 1 in .*moons-net-s1/validation.csv, received {label}; "):
        ensembles.gather([entry])


def test_one_seed_makes_none_and_its_name_is_free(tmp_path):
    found = write_seeds(tmp_path, seeds=(0,))
    assert ensembles.gather(found) == []
    assert ensembles.names(found) == {}


def test_it_is_compared_with_its_members_on_the_same_examples(tmp_path):
    (entry,) = write_seeds(tmp_path)
    (made,) = ensembles.gather([entry])
    assert comparing.refusal(made, entry) is None
    found = {one.metric: one for one in comparing.compare(made, entry)}
    assert found["roc_auc"].difference.value == pytest.approx(
        made.record.metrics["roc_auc"].value - entry.draws("roc_auc").mean
    )
    pair = comparing.compare_families([[(made, entry)]])[0]
    assert (pair.first, pair.second) == (made.name, entry.name)


def test_of_a_regression_the_predictions_are_averaged(tmp_path):
    rng = np.random.default_rng(0)
    targets = rng.normal(size=50)
    for seed in (0, 1):
        frame = pd.DataFrame({"id": [f"{n:02}" for n in range(50)], "label": targets})
        frame = frame.assign(group=frame["id"], prediction=targets + rng.normal(size=50))
        write_run(tmp_path, f"rows-net-s{seed}", frame, classes=[], seed=seed)
    (entry,) = entries.load(tmp_path)
    (made,) = ensembles.gather([entry])
    assert made.record.metrics["rmse"].value < min(entry.draws("rmse")[0])
    assert made.record.temperature is None


def test_of_several_folds_each_example_is_predicted_by_the_networks_that_it_tests(tmp_path):
    for seed in (0, 1):
        for fold in (0, 1):
            labels, scores = guesses(seed, 0.8, 60)
            run = write_run(
                tmp_path, f"moons-net-s{seed}-f{fold}", predictions(labels, scores, first=60 * fold),
                seed=seed, fold=fold, **TWO,
            )  # fmt: skip
            held = predictions(*guesses(seed + 50 + fold, 0.8, 60))
            held[["label", "score_0", "score_1"]].to_csv(run / "validation.csv", index=False)
    (entry,) = entries.load(tmp_path)
    (made,) = ensembles.gather([entry])
    record = made.record
    assert record.examples["test"] == len(made.predictions[0]) == 120
    thresholds = made.predictions[0].groupby(made.predictions[0].index // 60)["threshold"].unique()
    assert [len(of_fold) for of_fold in thresholds] == [1, 1], "each fold has its own"
    assert (record.temperature, record.threshold) == (None, None)
    assert "sensitivity_at_threshold" in record.metrics
    assert "log_loss_calibrated" not in record.metrics
