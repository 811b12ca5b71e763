"""JUnit XML and Markdown of the same findings."""

from xml.etree import ElementTree

import pandas as pd
import pytest

from cnnbench.config import Bound
from cnnbench.data import leakage
from cnnbench.metrics.intervals.bootstrap import UNDEFINED, Estimate
from cnnbench.results import findings_markdown, gate, junit
from cnnbench.results.findings import Findings
from cnnbench.results.regressions import Change, Since

ODD = 'r<&>"|_\x07'
METRICS = {ODD: {"accuracy": Estimate(0.9, 0.8, 1.0)}}


def findings(bound=0.5, *, leaks=False, change=None):
    verdicts = gate.judge(
        METRICS, {ODD: {"accuracy": Bound(kind="min", value=bound), "roc_auc": Bound(kind="min", value=0)}}
    )
    frame = pd.DataFrame({"id": ["a", "b"], "sha256": ["a", "b"], "label": 0.0, "split": ["train", "test"]})
    frame = frame.assign(
        part="", near="", dropped="", warning="", protocol="grouped", group=["p", "p" if leaks else "q"]
    )
    since = Since("HEAD", (change,), ("new",), ()) if change else None
    return Findings(verdicts[:1] if bound < 1 else verdicts, {"set": leakage.audit(frame, "report")}, since)


WORSE = Change(ODD, "accuracy", 0.95, 0.9, Estimate(-0.05, -0.09, -0.01), "McNemar (mid-p)", 0.004)
SKIPPED = Change(ODD, "accuracy", float("nan"), float("nan"), UNDEFINED, "", float("nan"), "other <examples>")


def suites(found):
    text = junit.render(found)
    assert text.startswith('<?xml version="1.0" encoding="UTF-8"?>\n<testsuites ')
    root = ElementTree.fromstring(text.encode())  # noqa: S314 - our own
    for suite in (root, *root):
        cases = list(suite.iter("testcase"))
        assert int(suite.get("tests")) == len(cases)
        assert int(suite.get("failures")) == sum(case.find("failure") is not None for case in cases)
        assert int(suite.get("skipped")) == sum(case.find("skipped") is not None for case in cases)
        assert suite.get("errors") == "0"
        assert all(case.get("name") and case.get("classname") for case in cases)
    return {suite.get("name"): list(suite) for suite in root}


@pytest.mark.parametrize(
    ("found", "ok"),
    [
        (findings(), True),
        (findings(2.0), False),
        (findings(leaks=True), False),
        (findings(change=WORSE), False),
        (findings(change=SKIPPED), True),
    ],
)
def test_any_failure_fails(found, ok):
    assert found.ok is ok
    failed = [case for cases in suites(found).values() for case in cases if case.find("failure") is not None]
    assert (not failed) is ok
    assert findings_markdown.render(found).startswith("✅ " if ok else "❌ ")


def test_junit_has_a_case_per_threshold_split_and_comparison():
    found = suites(findings(2.0, leaks=True, change=WORSE))
    assert list(found) == ["thresholds", "leaks", "since HEAD"]
    missed, absent = found["thresholds"]
    assert missed.get("classname") == 'thresholds.r<&>"|_\\x07'
    assert missed.get("name") == "accuracy ≥ 2"
    assert missed.find("failure").get("message").endswith('accuracy of r<&>"|_\\x07 ≥ 2, received 0.9000.')
    assert absent.find("failure").text.startswith("Expected a metric of")
    assert "LEAKS: 1 group" in found["leaks"][0].find("failure").get("message")
    said = found["since HEAD"][0].find("failure").get("message")
    assert "is worse: 0.9500 before, 0.9000 now; difference -0.0500, 95 % interval -0.0900 to -0.0100" in said
    (skipped,) = suites(findings(change=SKIPPED))["since HEAD"]
    assert skipped.find("skipped").get("message") == "other <examples>"


def test_markdown_has_a_table_each_and_no_markup_of_the_users():
    text = findings_markdown.render(findings(2.0, leaks=True, change=WORSE))
    lines = text.splitlines()
    assert lines[0] == (
        "❌ **cnnbench check**: 0 of 2 thresholds met, 1 of 1 split leaks, 1 of 1 figure worse since HEAD."
    )
    assert [line for line in lines if line.startswith("#")] == ["### Thresholds", "### Leaks", "### Since HEAD"]
    row = next(line for line in lines if "McNemar" in line)
    assert row.startswith('| r&lt;&amp;&gt;"\\|\\_')
    assert row.endswith("| 0.9500 | 0.9000 | -0.0500 [-0.0900, -0.0100] | 0.0040 | McNemar (mid-p) | ❌ worse |")
    assert "- new: new since HEAD." in lines
    assert "<" not in text
    header = next(index for index, line in enumerate(lines) if line.startswith("| run | metric | before"))
    assert len({line.replace("\\|", "").count("|") for line in lines[header : header + 3]}) == 1
    assert "other &lt;examples&gt;" in findings_markdown.render(findings(change=SKIPPED))
