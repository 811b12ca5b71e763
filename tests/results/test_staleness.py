import math

import pytest

from cnnbench.core import files
from cnnbench.core.errors import UserError
from cnnbench.metrics.intervals.bootstrap import UNDEFINED, Estimate
from cnnbench.results import staleness

REPORTED = {
    "a-x": {"accuracy": Estimate(0.96, 0.94, 0.975), "roc_auc": UNDEFINED},
    "b-x": {"rmse": Estimate(3.8, 2.9, math.nan)},
}


def write(run, metrics):
    run.mkdir(exist_ok=True)
    (run / "run.json").write_text("{}")
    files.write_json(run / "metrics.json", {name: estimate._asdict() for name, estimate in metrics.items()})


@pytest.fixture
def runs(tmp_path):
    for run, metrics in REPORTED.items():
        write(tmp_path / run, metrics)
    return tmp_path


def test_a_report_of_the_results_that_are_there_is_not_older(runs, tmp_path):
    assert staleness.newer_runs(REPORTED, runs) == {}
    assert staleness.newer_runs(REPORTED, tmp_path / "absent") == {}


def test_the_six_decimals_and_the_defined_metrics_of_a_leaderboard_are_enough(runs):
    write(runs / "b-x", {"rmse": REPORTED["b-x"]["rmse"]._replace(value=3.80000049)})
    assert staleness.newer_runs({**REPORTED, "a-x": {"accuracy": REPORTED["a-x"]["accuracy"]}}, runs) == {}


@pytest.mark.parametrize("end", ["value", "low", "high"])
def test_another_figure_makes_the_report_older(runs, end):
    write(runs / "b-x", {"rmse": REPORTED["b-x"]["rmse"]._replace(**{end: 3.800002})})
    newer = staleness.newer_runs(REPORTED, runs)
    assert getattr(newer.pop("b-x")["rmse"], end) == 3.800002
    assert newer == {}


def test_another_metric_or_another_run_makes_the_report_older(runs):
    write(runs / "b-x", REPORTED["b-x"] | {"mae": REPORTED["b-x"]["rmse"]})
    write(runs / "c-x", REPORTED["b-x"])
    assert list(staleness.newer_runs(REPORTED, runs)) == ["b-x", "c-x"]


def test_results_that_evaluate_has_not_finished_are_none(runs):
    write(runs / "b-x", {})
    (runs / "b-x/run.json").unlink()
    assert staleness.newer_runs(REPORTED, runs) == {}


@pytest.mark.parametrize("content", ["{", "[]", '{"rmse": 3.8}', '{"rmse": {"value": "3.8"}}'])
def test_a_damaged_result_is_one_line(runs, content):
    (runs / "b-x/metrics.json").write_text(content)
    with pytest.raises(UserError, match=r"Expected .*b-x/metrics\.json.*, received.*; run `dvc repro` to"):
        staleness.newer_runs(REPORTED, runs)
