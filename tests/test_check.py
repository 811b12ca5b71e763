import pytest

from cnnbench import check
from cnnbench.errors import UserError
from cnnbench.params import Bound

METRICS = {"a-b": {"accuracy": {"value": 0.9, "low": 0.8, "high": 1.0}, "roc_auc": {"value": None}}}


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
    (verdict,) = check.verdicts(METRICS, {"a-b": {"accuracy": bound}})
    assert verdict.ok is ok
    assert verdict.margin == pytest.approx(margin)
    assert verdict.reason == ""
    assert verdict.word == ("met" if ok else "missed")


@pytest.mark.parametrize(
    ("run", "metric", "reason"),
    [
        ("c-d", "accuracy", "Expected a run among a-b, received 'c-d'."),
        ("a-b", "acuracy", "Expected a metric of a-b among accuracy, roc_auc, received 'acuracy'."),
        ("a-b", "roc_auc", "Expected a number as roc_auc of a-b, received none: it is not defined there."),
    ],
)
def test_what_is_absent_is_missed_and_says_why(run, metric, reason):
    (verdict,) = check.verdicts(METRICS, {run: {metric: floor(0.0)}})
    assert not verdict.ok
    assert verdict.value is verdict.margin is None
    assert verdict.reason == reason
    assert verdict.word == "absent"


def test_nan_meets_no_bound():
    metrics = {"a-b": {"rmse": {"value": float("nan")}}}
    assert not check.verdicts(metrics, {"a-b": {"rmse": ceiling(9.0)}})[0].ok


def test_summary_counts():
    found = check.verdicts(METRICS, {"a-b": {"accuracy": floor(0.85), "roc_auc": floor(0.5)}})
    assert check.summary(found) == "1 of 2 thresholds met"
    assert check.summary(found[:1]) == "1 of 1 threshold met"
    assert check.summary([]) == "no thresholds set"


@pytest.mark.parametrize("content", ["{", "[]", '{"a": 1}', '{"a": {"b": 1}}', '{"a": {"b": {"value": "x"}}}'])
def test_unreadable_metrics_are_an_error(tmp_path, content):
    path = tmp_path / "metrics.json"
    path.write_text(content)
    with pytest.raises(UserError, match=r"Expected .* in .*metrics\.json, received "):
        check.read_metrics(path)
    with pytest.raises(UserError, match="no such file; run `make bench` first"):
        check.read_metrics(tmp_path / "absent.json")
