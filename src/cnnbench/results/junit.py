"""The findings as JUnit XML, which test reporters read: a test case per threshold, per split and per comparison."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree

from cnnbench.core.printable import printable
from cnnbench.data import leakage_text
from cnnbench.results.formatting import figure

if TYPE_CHECKING:
    from cnnbench.data.leakage import Audit
    from cnnbench.results.findings import Findings
    from cnnbench.results.gate import Verdict
    from cnnbench.results.regressions import Change


def render(findings: Findings) -> str:
    """The content of the file; the times that the form asks for are 0, since nothing is run here."""
    suites = ElementTree.Element("testsuites", name="cnnbench check")
    _add_suite(suites, "thresholds", [_threshold_case(verdict) for verdict in findings.verdicts])
    splits = [
        _case("leaks", name, _describe(found) if findings.fails(name) else "")
        for name, found in findings.audits.items()
    ]
    _add_suite(suites, "leaks", splits)
    if findings.since:
        _add_suite(
            suites, f"since {findings.since.against}", [_change_case(change) for change in findings.since.changes]
        )
    for count in ("tests", "failures", "errors", "skipped"):
        suites.set(count, str(sum(int(suite.get(count, "0")) for suite in suites)))
    suites.set("time", "0")
    ElementTree.indent(suites)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(suites, encoding="unicode") + "\n"


def _add_suite(suites: ElementTree.Element, name: str, cases: list[ElementTree.Element]) -> None:
    counts = {
        "tests": len(cases),
        "failures": sum(case.find("failure") is not None for case in cases),
        # A miss is a failure; an error, by the form, is a test that broke
        "errors": 0,
        "skipped": sum(case.find("skipped") is not None for case in cases),
        "time": 0,
    }
    attributes = {"name": printable(name)} | {key: str(count) for key, count in counts.items()}
    suite = ElementTree.SubElement(suites, "testsuite", attributes)
    suite.extend(cases)


def _threshold_case(verdict: Verdict) -> ElementTree.Element:
    value = "none" if verdict.value is None else figure(verdict.metric, verdict.value)
    message = verdict.reason or f"Expected {verdict.label} of {verdict.run} {verdict.limit}, received {value}."
    return _case(f"thresholds.{verdict.run}", f"{verdict.label} {verdict.limit}", "" if verdict.ok else message)


def _change_case(change: Change) -> ElementTree.Element:
    case = _case(f"regressions.{change.run}", change.label, change.sentence if change.regressed else "")
    if change.reason:
        ElementTree.SubElement(case, "skipped", message=printable(change.reason))
    return case


def _case(group: str, name: str, failure: str) -> ElementTree.Element:
    case = ElementTree.Element("testcase", classname=printable(group), name=printable(name), time="0")
    if failure:
        message = printable(failure)
        ElementTree.SubElement(case, "failure", message=message, type="AssertionError").text = message
    return case


def _describe(found: Audit) -> str:
    return f"{leakage_text.verdict(found)} {leakage_text.note(found)}"
