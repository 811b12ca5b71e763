"""Who is better than whom, in words and in comparisons.csv."""

import csv
import io
import json
import math

import pytest
from run_folders import overview_of, write_run

from cnnbench.report import comparisons
from cnnbench.results.comparing import Pair
from cnnbench.results.formatting import operations


def pair(metric="accuracy", difference=(0.1, 0.05, 0.15), p=0.01, first="one", second="two"):
    return Pair("data", first, second, metric, *difference, "some test", p / 2, p)


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (pair(), "one is better than two in accuracy: +0.100 [+0.050, +0.150], some test, p = 0.010 after Holm."),
        (
            pair(difference=(-0.1, -0.15, -0.05), p=0.0001),
            "two is better than one in accuracy: +0.100 [+0.050, +0.150], some test, p < 0.001 after Holm.",
        ),
        (pair("rmse"), "two is better than one in RMSE: -0.100 [-0.150, -0.050], some test, p = 0.010 after Holm."),
        (
            pair(p=0.05),
            "one and two cannot be told apart in accuracy: +0.100 [+0.050, +0.150], some test, p = 0.050 after Holm.",
        ),
        (
            pair(difference=(math.nan,) * 3, p=math.nan),
            "one and two cannot be told apart in accuracy: –, some test, p – after Holm.",
        ),
    ],
)
def test_a_sentence_names_the_better_first(one, said):
    assert one.sentence.replace("\N{NO-BREAK SPACE}", " ") == said


def test_the_headline_of_each_pair_is_that_of_its_task():
    found = [
        pair("roc_auc"),
        pair("rmse_of_probabilities"),
        pair("accuracy"),
        pair("mae", first="x"),
        pair("rmse", first="x"),
    ]
    assert [(one.first, one.metric) for one in comparisons.headlines(found)] == [("one", "accuracy"), ("x", "rmse")]


def test_the_table_has_a_row_per_pair_and_metric(repeated):
    found = overview_of(repeated)
    every = list(csv.DictReader(io.StringIO(comparisons.csv_text(found.pairs))))
    rows = [row for row in every if "ensemble" not in row["first"]]
    assert {(row["first"], row["second"]) for row in rows} == {("skin_cancer-plain_cnn", "skin_cancer-skin_cnn")}
    assert [row["metric"] for row in rows][:2] == ["accuracy", "balanced_accuracy"]
    assert float(rows[0]["low"]) <= float(rows[0]["difference"]) <= float(rows[0]["high"]) < 0
    assert float(rows[0]["p_holm"]) < 0.05


def test_other_protocols_on_one_data_set_are_refused_with_the_reason(repeated):
    about = json.loads((repeated / "skin_cancer-plain_cnn" / "run.json").read_text())
    kept = {name: about[name] for name in about if name not in ("run", "dataset", "architecture", "protocol")}
    write_run(repeated, "skin_cancer-other", {"accuracy": (0.9, 0.8, 0.95)}, protocol="official", **kept)
    (refusal,) = overview_of(repeated).refusals
    assert {refusal.first, refusal.second} == {"skin_cancer-other", "skin_cancer-plain_cnn"}
    assert "official" in refusal.reason


@pytest.mark.parametrize(
    ("flops", "said"),
    [(0, "0 FLOP"), (999, "999 FLOP"), (1000, "1 kFLOP"), (12_345_678, "12.3 MFLOP"), (3e12, "3 TFLOP")],
)
def test_operations_are_said_in_three_digits(flops, said):
    assert operations(int(flops)) == said
