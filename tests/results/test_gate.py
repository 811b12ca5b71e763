import json
import math

import pandas as pd
import pytest

from cnnbench.config import Bound
from cnnbench.core.errors import UserError
from cnnbench.data import leakage
from cnnbench.metrics.intervals.bootstrap import UNDEFINED, Estimate
from cnnbench.results import gate, reading

METRICS = {"a-b": {"accuracy": Estimate(0.9, 0.8, 1.0), "roc_auc": UNDEFINED}}


def value_alone(value):
    return Estimate(value, math.nan, math.nan)


def floor(value):
    return Bound(kind="min", value=value)


def ceiling(value):
    return Bound(kind="max", value=value)


@pytest.mark.parametrize(
    ("bound", "ok", "margin"),
    [
        (floor(0.85), True, 0.05),
        (floor(0.9), True, 0.0),
        (floor(0.95), False, -0.05),
        (ceiling(1.0), True, 0.1),
        (ceiling(0.9), True, 0.0),
        (ceiling(0.5), False, -0.4),
    ],
)
def test_a_bound_is_met_or_missed_by_a_margin(bound, ok, margin):
    (verdict,) = gate.judge(METRICS, {"a-b": {"accuracy": bound}})
    assert verdict.ok is ok
    assert verdict.margin == pytest.approx(margin)
    assert verdict.reason == ""
    assert verdict.word == ("met" if ok else "missed")


@pytest.mark.parametrize(
    ("bound", "metric", "value", "margin", "limit"),
    [
        (Bound(kind="min", value=0.85, of="low"), "accuracy", 0.8, -0.05, "low ≥ 0.85"),
        (Bound(kind="max", value=1.0, of="high"), "accuracy", 1.0, 0.0, "high ≤ 1"),
        (Bound(kind="baseline", value=0.91, tolerance=0.02), "accuracy", 0.9, 0.01, "≥ 0.91 - 0.02"),
        (Bound(kind="baseline", value=0.95, tolerance=0.01), "accuracy", 0.9, -0.04, "≥ 0.95 - 0.01"),
        (Bound(kind="baseline", value=0.9), "accuracy", 0.9, 0.0, "≥ 0.9"),
        (
            Bound(kind="baseline", value=0.7, tolerance=0.1),
            "rmse",
            0.8,
            0.0,
            "≤ 0.7 + 0.1",
        ),  # 0.7 + 0.1 < 0.8 in binary
        (Bound(kind="baseline", value=0.7, tolerance=0.05), "rmse", 0.8, -0.05, "≤ 0.7 + 0.05"),
    ],
)
def test_an_end_of_the_interval_or_a_stored_figure_binds(bound, metric, value, margin, limit):
    metrics = {"a": {"accuracy": Estimate(0.9, 0.8, 1.0), "rmse": value_alone(0.8)}}
    (verdict,) = gate.judge(metrics, {"a": {metric: bound}})
    assert verdict.value == value
    assert verdict.margin == pytest.approx(margin)
    assert verdict.ok is (margin >= 0)
    assert verdict.limit == limit


@pytest.mark.parametrize("metric", ["rmse", "mae", "median_absolute_error", "log_loss", "brier", "ece"])
def test_a_stored_error_is_a_ceiling(metric):
    metrics = {"a": {metric: value_alone(2.0)}}
    assert not gate.judge(metrics, {"a": {metric: Bound(kind="baseline", value=1.0)}})[0].ok
    assert gate.judge(metrics, {"a": {metric: Bound(kind="baseline", value=3.0)}})[0].ok


def test_an_interval_that_is_not_there_is_missed_and_said():
    bound = Bound(kind="max", value=9, of="high")
    (verdict,) = gate.judge({"a": {"rmse": value_alone(1.0)}}, {"a": {"rmse": bound}})
    assert verdict.word == "absent"
    assert verdict.reason.startswith("Expected a number as the high end of the interval of rmse of a, received none")


@pytest.mark.parametrize(
    ("run", "metric", "reason"),
    [
        ("c-d", "accuracy", "Expected a run among a-b, received 'c-d'."),
        ("a-b", "kappa", "Expected a metric of a-b among accuracy, roc_auc, received 'kappa'."),
        ("c-d", "x", "Expected a metric that docs/leaderboard.md lists, received 'x'."),
        ("a-b", "roc_auc", "Expected a number as roc_auc of a-b, received none: it is not defined there."),
    ],
)
def test_what_is_absent_is_missed_and_says_why(run, metric, reason):
    (verdict,) = gate.judge(METRICS, {run: {metric: floor(0.0)}})
    assert not verdict.ok
    assert verdict.value is verdict.margin is None
    assert verdict.reason == reason
    assert verdict.word == "absent"


def test_a_reason_stands_once_however_many_metrics_share_it():
    verdicts = gate.judge(
        METRICS, {"x": {"accuracy": floor(0.5), "roc_auc": floor(0.5)}, "a-b": {"accuracy": floor(0)}}
    )
    assert gate.reasons(verdicts) == ["Expected a run among a-b, received 'x'."]


def test_summary_counts():
    found = gate.judge(METRICS, {"a-b": {"accuracy": floor(0.85), "roc_auc": floor(0.5)}})
    assert gate.summarize(found) == "1 of 2 thresholds met"
    assert gate.summarize(found[:1]) == "1 of 1 threshold met"
    assert gate.summarize([]) == "no thresholds set"


def audited(protocol, *, shared, near_copies="report"):
    """Of six examples, two of which share these columns across train and test."""
    frame = pd.DataFrame(
        {"id": list("abcdef"), "label": 0.0, "split": ["train", "train", "val", "val", "test", "test"]}
    )
    frame = frame.assign(
        part="", near="", sha256=frame["id"], group=frame["id"], dropped="", warning="", protocol=protocol
    )
    frame.loc[[0, 5], shared] = "same"
    return leakage.audit(frame, near_copies)


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (audited("grouped", shared=[]), None),
        (audited("grouped", shared=["near"]), None),
        (audited("grouped", shared=["near"], near_copies="join"), "1 cluster of near copies (2 examples)"),
        (audited("given", shared=["group"]), "1 group (2 examples)"),
        (audited("official", shared=["sha256"]), "1 cluster of exact copies (2 examples)"),
        (audited("image-level", shared=["group"]), "as image-level splits do by design"),
    ],
)
def test_a_split_that_leaks_is_named_with_its_counts(found, words):
    clean = audited("grouped", shared=[])
    lines = gate.describe_leaks({"clean": clean, "set": found})
    near = gate.describe_near({"clean": clean, "set": found})
    assert len(near) == (leakage.state(found) == leakage.NEAR)
    assert all("of 2 test examples 1 has a twin in train or val" in line for line in near)
    assert len(lines) == (words is not None)
    assert all(line.startswith("set: LEAKS: ") and words in line for line in lines)
    warned = ", 1 has near copies across parts" if near else ""
    assert (
        gate.summarize_leaks({"clean": clean, "set": found}) == f"{'1' if words else 'none'} of 2 splits leaks{warned}"
    )


def test_audits_are_read(tmp_path):
    found = {"set": audited("official", shared=["sha256"])}
    path = tmp_path / "leakage.json"
    path.write_text(json.dumps({name: one.model_dump() for name, one in found.items()}))
    assert gate.read_audits(path) == found


@pytest.mark.parametrize(
    ("read", "content"),
    [
        *((reading.report_metrics, content) for content in (
            "{",
            "[]",
            '{"a": 1}',
            '{"a": {"b": 1}}',
            '{"a": {"b": {"value": "x", "low": 1, "high": 1}}}',
            '{"a": {"b": {"value": 1, "low": "x", "high": 1}}}',
            '{"a": {"b": {"value": 1, "low": 1}}}',
            '{"a": {"b": {"value": true, "low": 1, "high": 1}}}',
        )),
        *((gate.read_audits, content) for content in ("{", "[]", "{}", '{"a": 1}', '{"a": {"used": {}}}')),
    ],
)  # fmt: skip
def test_an_unreadable_file_is_an_error(tmp_path, read, content):
    path = tmp_path / "file.json"
    path.write_text(content)
    with pytest.raises(UserError, match=r"^Expected .* in .*file\.json.*, received[^\n]*$"):
        read(path)
    with pytest.raises(UserError, match=r"Expected the file .*absent\.json, received none; run `dvc repro`"):
        read(tmp_path / "absent.json")
