"""Repeats gathered."""

import csv
import io

import pandas as pd
import pytest
from run_folders import overview_of

from cnnbench.report import repeats_table


def table(found):
    return list(csv.DictReader(io.StringIO(repeats_table.csv_text(found.gathered))))


def test_the_mean_is_over_seeds_each_with_its_folds(repeated):
    rows = {(row["entry"], row["metric"]): row for row in table(overview_of(repeated))}
    row = rows["skin_cancer-skin_cnn", "accuracy"]
    assert (row["seeds"], row["folds"], row["n_test"], row["sd_over"]) == ("0 1 2", "0 1", "80", "seeds")
    shares = []
    for seed in (0, 1, 2):
        right = []
        for fold in (0, 1):
            name = "skin_cancer-skin_cnn" + (f"-s{seed}-f{fold}" if seed or fold else "")
            frame = pd.read_parquet(repeated / name / "predictions.parquet")
            right.append((frame["score_1"] > 0.5) == (frame["label"] == 1))
        shares.append(pd.concat(right).mean())
    assert float(row["mean"]) == pytest.approx(sum(shares) / 3, abs=1e-6)
    assert float(row["sd"]) == pytest.approx(pd.Series(shares).std(), abs=1e-6)
    assert float(row["low"]) < float(row["mean"]) < float(row["high"])


def test_a_seed_that_lacks_folds_does_not_count_and_is_named(repeated):
    gathered = {one.entry.name: one for one in overview_of(repeated).repeated}
    assert gathered["skin_cancer-skin_cnn"].idle == ("skin_cancer-skin_cnn-s3-f0",)
    assert gathered["skin_cancer-plain_cnn"].idle == ()


def test_a_run_alone_has_its_own_figures_and_no_deviation(runs):
    found = overview_of(runs)
    assert found.repeated == []
    row = next(row for row in table(found) if row["entry"] == "boston_housing-conv1d" and row["metric"] == "rmse")
    assert [row[name] for name in ("mean", "sd", "sd_over", "low", "high")] == [
        "3.800000",
        "",
        "",
        "2.900000",
        "5.100000",
    ]
