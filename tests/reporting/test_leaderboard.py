import csv
import io
import math

from cnnbench.reporting import leaderboard, results


def test_a_row_per_run_and_three_columns_per_metric(runs):
    rows = {row["run"]: row for row in csv.DictReader(io.StringIO(leaderboard.csv_text(results.load(runs))))}
    chest, houses, digits = (
        rows[name] for name in ("chest_xray-chest_cnn", "boston_housing-conv1d", "mnist-mnist_cnn")
    )
    assert (chest["synthetic"], houses["synthetic"]) == ("true", "false")
    assert (chest["n_train"], chest["n_val"], chest["n_test"]) == ("160", "20", "20")
    assert (chest["accuracy"], chest["accuracy_low"], chest["accuracy_high"]) == ("0.900000", "0.700000", "0.970000")
    assert houses["accuracy"] == ""
    assert (houses["rmse"], houses["unit"], houses["parameters"]) == ("3.800000", "1000 USD", "24833")
    assert digits["roc_auc"] == "", "NaN is an empty cell"


def test_metrics_come_in_one_order(runs):
    header = leaderboard.csv_text(results.load(runs)).splitlines()[0].split(",")
    assert header[-18::3] == ["accuracy", "roc_auc", "log_loss", "rmse", "mae", "r2"]


def test_metrics_json_keeps_value_low_and_high(runs):
    found = leaderboard.metrics(results.load(runs))
    assert found["boston_housing-conv1d"]["rmse"] == {"value": 3.8, "low": 2.9, "high": 5.1}
    assert found["mnist-mnist_cnn"]["roc_auc"] == {"value": None, "low": None, "high": None}


def test_headlines_are_one_number_a_run(runs):
    assert leaderboard.headlines(results.load(runs)) == {
        "boston_housing-conv1d": 3.8,
        "chest_xray-chest_cnn": 0.9,
        "mnist-mnist_cnn": 0.96,
    }


def test_an_undefined_headline_is_null(tmp_path, three, write):
    three(tmp_path)
    one = results.load(tmp_path)[0]
    undefined = results.Measure(math.nan, math.nan, math.nan)
    odd = results.Result(**{**vars(one), "metrics": {"rmse": undefined}})
    assert leaderboard.headlines([odd]) == {"boston_housing-conv1d": None}
