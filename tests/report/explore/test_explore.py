"""The scripts beside the page: what they say of a run is what its predictions say."""

import json

import explored_runs
import numpy as np
import pandas as pd
import pytest
from explored_runs import AGAIN, FIRST, HOUSES, SECOND, THREE, N

from cnnbench.core.errors import UserError
from cnnbench.evaluation import mistakes
from cnnbench.metrics import calibration, decision, selective
from cnnbench.report.explore import run_scripts, side_by_side
from cnnbench.results import run_result


@pytest.fixture
def folder(tmp_path):
    return explored_runs.write(tmp_path / "reports" / "runs")


def scripts(folder):
    return run_scripts.compile_scripts(run_result.load(folder), folder.parent)


def content(script):
    """What a script tells the page: the run and its content."""
    start, rest = script.split('["', 1)
    run, value = rest.split('"] = ', 1)
    assert start == "(window.cnnbenchRuns ??= {})"
    assert value.endswith(";\n")
    return run, json.loads(value[:-2])


@pytest.fixture
def told(folder):
    return dict(content(script) for script in scripts(folder).values())


def test_a_script_for_each_run_that_finds_its_sheet(folder, told):
    assert set(scripts(folder)) == {f"explore/{name}.js" for name in told}
    assert sorted(told) == sorted([FIRST, SECOND, THREE, HOUSES, AGAIN])
    assert told[FIRST]["mistakes"]["sheet"] == f"runs/{FIRST}/mistakes.webp"
    assert run_result.SHEET_COLUMNS == mistakes.COLUMNS == told[FIRST]["mistakes"]["columns"]


def test_mistakes_are_those_of_the_predictions(folder, told):
    for name in (FIRST, THREE):
        labels, scores = explored_runs.scores_of(folder / name)
        listed, matrix = told[name]["mistakes"], np.array(told[name]["mistakes"]["confusion"])
        wrong = scores.argmax(axis=1) != labels
        assert len(listed["id"]) == wrong.sum() == matrix.sum() - np.trace(matrix)
        ids = pd.read_parquet(folder / name / "predictions.parquet")["id"]
        for id_, actual, predicted, score in zip(
            *(listed[key] for key in ("id", "actual", "predicted", "score_predicted")), strict=True
        ):
            row = ids[ids == id_].index[0]
            assert (labels[row], scores[row].argmax()) == (actual, predicted)
            assert scores[row].max() == pytest.approx(score, rel=1e-5)


def test_what_another_run_says_of_the_mistakes(folder, told):
    (labels, one), (_, other) = (explored_runs.scores_of(folder / name) for name in (FIRST, SECOND))
    assert list(told[FIRST]["peers"]) == [SECOND]
    assert told[THREE]["peers"] == told[HOUSES]["peers"] == {}
    peer, listed = told[FIRST]["peers"][SECOND], told[FIRST]["mistakes"]
    rows = [int(id_[-6:-4]) for id_ in listed["id"]]
    assert peer["predicted"] == other[rows].argmax(axis=1).tolist()
    assert peer["score"] == pytest.approx(other[rows].max(axis=1), abs=1e-4)
    right, also = one.argmax(axis=1) == labels, other.argmax(axis=1) == labels
    counts = [(right & also).sum(), (~right & also).sum(), (right & ~also).sum(), (~right & ~also).sum()]
    assert [peer[key] for key in ("both_right", "other_right", "this_right", "none_right")] == counts
    assert sum(counts) == N


def test_threshold_and_coverage_are_those_of_metrics(folder, told):
    labels, scores = explored_runs.scores_of(folder / FIRST)
    found = told[FIRST]["threshold"]
    assert (found["chosen"], found["positives"] + found["negatives"]) == (0.4, N)
    assert found["thresholds"][0] is None
    assert 0.4 in found["thresholds"]
    assert 0.5 in found["thresholds"]
    calls = [scores[:, 1] >= one for one in found["thresholds"][1:]]
    assert found["true_positives"][1:] == [int(called[labels == 1].sum()) for called in calls]
    assert found["false_positives"][1:] == [int(called[labels == 0].sum()) for called in calls]
    assert all(low <= share <= high for share, (low, high) in zip(
        np.array(found["true_positives"]) / found["positives"], found["sensitivity"], strict=True
    ))  # fmt: skip
    calibrated = calibration.calibrate(scores, 1.5)[:, 1]
    grid = np.array(found["risks"])
    assert found["calibrated"] == pytest.approx(decision.net_benefit(labels, calibrated, grid), abs=1e-6)
    assert found["raw"] == pytest.approx(decision.net_benefit(labels, scores[:, 1], grid), abs=1e-6)
    assert told[THREE]["threshold"] is None
    for name in (FIRST, THREE):
        labels, scores = explored_runs.scores_of(folder / name)
        _, risk = selective.risk_coverage(scores.argmax(axis=1) == labels, scores.max(axis=1))
        assert told[name]["coverage"]["risks"][-1] == pytest.approx(risk[-1], abs=1e-6)
        assert told[name]["coverage"]["area"] == pytest.approx(risk.mean())


def test_a_regression_has_a_recipe_and_curves_alone(told):
    houses = told[HOUSES]
    assert (houses["mistakes"], houses["threshold"], houses["coverage"]) == (None, None, None)
    assert houses["recipe"]["optimizer"] == "adam"
    assert houses["history"] == {"loss": [60, 30, 20], "val_loss": [50, 28, 29]}


def test_runs_of_other_examples_stand_beside_nobody(folder):
    path = folder / SECOND / "predictions.parquet"
    pd.read_parquet(path).iloc[1:].to_parquet(path, index=False)
    assert [len(group) for group in side_by_side.groups(run_result.load(folder))] == [2, 1, 1, 1]
    assert [[run[0] for run in one.runs] for one in run_scripts.pair_up(run_result.load(folder))] == [[HOUSES, AGAIN]]


def test_a_network_that_diverged_has_nothing_to_turn(folder):
    path = folder / FIRST / "predictions.parquet"
    pd.read_parquet(path).assign(score_0=np.nan, score_1=np.nan).to_parquet(path, index=False)
    told = dict(content(script) for script in scripts(folder).values())
    assert (told[FIRST]["threshold"], told[FIRST]["coverage"]) == (None, None)


def test_a_run_without_a_sheet_and_one_of_an_earlier_version_are_told_without_pictures(folder):
    (folder / FIRST / "mistakes.webp").unlink()
    told = dict(content(script) for script in scripts(folder).values())
    assert told[FIRST]["mistakes"]["sheet"] is None


def test_a_class_that_is_none_of_the_runs_is_damage(folder):
    path = folder / FIRST / "mistakes.csv"
    path.write_text(path.read_text().replace("malignant", "mole"))
    with pytest.raises(
        UserError, match=r"Expected the classes benign, malignant in .*mistakes\.csv, received mole; run"
    ):
        scripts(folder)


def test_names_that_turn_the_direction_of_text_are_made_visible(folder):
    path = folder / FIRST / "mistakes.csv"
    path.write_text(path.read_text().replace("skin/", "sk\u202ein/"))
    assert "\u202e" not in scripts(folder)[f"explore/{FIRST}.js"]
    assert "\\\\u202e" in scripts(folder)[f"explore/{FIRST}.js"]


def test_scripts_of_an_earlier_report_go_and_the_folder_is_there_without_any_run(folder):
    old = folder.parent / "explore" / "old.js"
    run_scripts.write({}, folder.parent)
    old.write_text("old")
    run_scripts.write(scripts(folder), folder.parent)
    assert sorted(path.name for path in old.parent.iterdir()) == sorted(
        f"{n}.js" for n in (FIRST, SECOND, THREE, HOUSES, AGAIN)
    )
