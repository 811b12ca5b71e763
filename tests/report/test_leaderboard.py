import csv
import io
import json

import pytest
from run_folders import overview_of

from cnnbench.report import leaderboard
from cnnbench.results import run_result


@pytest.fixture
def table():
    def read(runs):
        overview = overview_of(runs)
        found = leaderboard.csv_text(overview.rows, overview.places)
        return list(csv.DictReader(io.StringIO(found)))

    return read


def test_a_row_per_run_and_three_columns_per_metric(runs, table):
    rows = {row["run"]: row for row in table(runs)}
    chest, houses, digits = (
        rows[name] for name in ("chest_xray-chest_cnn", "boston_housing-conv1d", "mnist-mnist_cnn")
    )
    assert (chest["synthetic"], houses["synthetic"]) == ("true", "false")
    assert (chest["n_train"], chest["n_val"], chest["n_test"]) == ("160", "20", "20")
    assert (chest["accuracy"], chest["accuracy_low"], chest["accuracy_high"]) == ("0.900000", "0.700000", "0.970000")
    assert houses["accuracy"] == ""
    assert (houses["rmse"], houses["unit"], houses["parameters"]) == ("3.800000", "1000 USD", "24833")
    assert digits["roc_auc"] == "", "NaN is an empty cell"


def test_metrics_come_in_one_order(runs, table):
    header = list(table(runs)[0])
    names = ["accuracy", "roc_auc", "log_loss", "ece", "ece_calibrated", "rmse", "mae", "r2"]
    assert header[-33:-9:3] == names


def test_repeats_share_their_rank_and_those_that_differ_do_not(repeated, table):
    rows = {row["run"]: row for row in table(repeated) if row["kind"] == "network"}
    assert len(rows) == 13
    for name, row in rows.items():
        place = [row[column] for column in ("rank", "rank_low", "rank_high", "tie_group")]
        assert place == (["1", "1", "1", "a"] if "skin_cnn" in name else ["2", "2", "2", "b"])
        assert row["flops"] == "12345678"


def test_a_run_alone_is_first(runs, table):
    for row in table(runs):
        assert [row[column] for column in ("rank", "rank_low", "rank_high", "tie_group", "flops")] == [
            "1", "1", "1", "a", "12345678",
        ]  # fmt: skip


def test_metrics_json_keeps_value_low_and_high(runs):
    results = run_result.load(runs)
    classes = {result.run: result.positive for result in results}
    found = json.loads(leaderboard.metrics_text(leaderboard.metrics(results), classes, dict.fromkeys(classes, "")))
    assert found["boston_housing-conv1d"]["rmse"] == {"value": 3.8, "low": 2.9, "high": 5.1}
    chest = found["chest_xray-chest_cnn"]
    assert chest["roc_auc"] == {"value": 0.95, "low": 0.85, "high": 0.99, "of": "pneumonia"}
    assert chest["accuracy"] == {"value": 0.9, "low": 0.7, "high": 0.97}
    assert found["mnist-mnist_cnn"]["roc_auc"] == {"value": None, "low": None, "high": None}
