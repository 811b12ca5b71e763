import pytest

from cnnbench.core import files
from cnnbench.core.errors import UserError
from cnnbench.results import staleness

REPORTED = {
    "a-x": {
        "accuracy": {"value": 0.96, "low": 0.94, "high": 0.975},
        "roc_auc": {"value": None, "low": None, "high": None},
    },
    "b-x": {"rmse": {"value": 3.8, "low": 2.9, "high": None}},
}


@pytest.fixture
def runs(tmp_path):
    for run, metrics in REPORTED.items():
        files.write_json(tmp_path / run / "metrics.json", metrics)
    return tmp_path


def test_a_report_of_the_results_that_are_there_is_not_older(runs, tmp_path):
    assert staleness.newer_runs(REPORTED, runs) == []
    assert staleness.newer_runs(REPORTED, tmp_path / "absent") == []


def test_the_six_decimals_and_the_defined_metrics_of_a_leaderboard_are_enough(runs):
    files.write_json(runs / "b-x/metrics.json", {"rmse": {"value": 3.80000049, "low": 2.9, "high": None}})
    assert staleness.newer_runs({**REPORTED, "a-x": {"accuracy": REPORTED["a-x"]["accuracy"]}}, runs) == []


@pytest.mark.parametrize("end", ["value", "low", "high"])
def test_another_figure_makes_the_report_older(runs, end):
    files.write_json(runs / "b-x/metrics.json", {"rmse": REPORTED["b-x"]["rmse"] | {end: 3.800002}})
    assert staleness.newer_runs(REPORTED, runs) == ["b-x"]


def test_another_metric_or_another_run_makes_the_report_older(runs):
    files.write_json(runs / "b-x/metrics.json", REPORTED["b-x"] | {"mae": REPORTED["b-x"]["rmse"]})
    files.write_json(runs / "c-x/metrics.json", REPORTED["b-x"])
    assert staleness.newer_runs(REPORTED, runs) == ["b-x", "c-x"]


@pytest.mark.parametrize("content", ["{", "[]", '{"rmse": 3.8}', '{"rmse": {"value": "3.8"}}'])
def test_a_damaged_result_is_one_line(runs, content):
    (runs / "b-x/metrics.json").write_text(content)
    with pytest.raises(UserError, match=r"Expected .*b-x/metrics\.json, received .*; run `dvc repro` to make it again"):
        staleness.newer_runs(REPORTED, runs)
