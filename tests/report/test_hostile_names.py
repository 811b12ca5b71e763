"""Class names from the data that are markup, formulas, escape codes, or turn the direction of text."""

import csv
import re
import subprocess

import pytest
from browsing import BROWSER, OPTIONS
from dvc_render import render_html
from dvc_render.vega import VegaRenderer
from run_folders import BINARY, write_audits, write_three
from toys import ROOT

from cnnbench.report import dvc_plots
from cnnbench.report.build import compile_report
from cnnbench.results import run_result

MARKUP = "</script><script>document.title='taken over'</script><img src=x onerror=\"document.title='taken over'\"><!--"
FORMULA = "=cmd|'/C calc'!A0, \u202e\x1b[31m\u2028{plot_divs} $x$\r\n::error::x"
OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]|::|##\\[")


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    return write_three(tmp_path_factory.mktemp("hostile") / "runs", classes=(MARKUP, FORMULA))


@pytest.fixture(scope="module")
def report(runs):
    out = runs.parent / "reports"
    compile_report(runs, write_audits(runs.parent / "splits"), out, {})
    return out


def test_names_come_back_from_the_tables_of_a_run_as_they_are(runs):
    result = run_result.RunResult.read(runs / BINARY)
    assert "'=cmd" in (runs / BINARY / "confusion.csv").read_text()
    assert {row["actual"] for row in result.confusion} == {MARKUP, FORMULA}
    assert [row["class"] for row in result.per_class] == [MARKUP, FORMULA]


@pytest.mark.parametrize("name", ["index.html", "report.md", "plots/confusion.csv", "plots/roc.csv"])
def test_nothing_that_a_reader_obeys_is_left(report, name):
    text = (report / name).read_text(encoding="utf-8")
    own = re.sub(r"(?s)<(style|script)>.*?</\1>", "", text)  # :: is an operator of style sheets
    assert not OBEYED.search(own)
    assert r"\u202e" in own.replace("\\\\", "\\")


def test_no_cell_that_begins_like_a_formula(report):
    for path in report.rglob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            cells = [cell for row in csv.reader(file) for cell in row]
        assert not [cell for cell in cells if re.match(r"[=+@\t\r]|-[^\d.]", cell)], path


@pytest.fixture(scope="module")
def plots(runs):
    """The page of `dvc plots show`."""
    tables = {"confusion": ("predicted", "actual"), "roc": ("fpr", "tpr")}
    renderers = []
    for name, (x, y) in tables.items():
        rows = csv.DictReader(getattr(dvc_plots, name)(run_result.load(runs)).splitlines())
        template = next((ROOT / "plots").glob(f"{name}*.json"))
        points = [row | {"rev": "workspace"} for row in rows]
        renderers.append(VegaRenderer(points, name, template=str(template), x=x, y=y))
    page = runs.parent / "dvc_plots" / "index.html"
    render_html(renderers, page, html_template=str(ROOT / "plots" / "page.html"))
    return page


def test_no_class_gets_out_of_the_script_of_dvc_plots(plots):
    text = plots.read_text(encoding="utf-8")
    own = (ROOT / "plots" / "page.html").read_text(encoding="utf-8")
    # two of the plots, three of the addresses of Vega
    assert text.count("<script") == text.count("</script") == own.count("<script") + 2 + 3
    assert r"\u2039/script>" in text
    assert "<img" not in text
    assert "<!--" not in text.replace("<!-- The page of", "")


@pytest.mark.skipif(BROWSER is None, reason="there is no chromium or google-chrome on the PATH")
def test_no_class_is_run_by_a_browser(plots, report):
    for page in (plots, report / "index.html"):
        options = [*OPTIONS, f"--user-data-dir={page.parent / 'profile'}"]
        done = subprocess.run([BROWSER, *options, page.as_uri()], capture_output=True, text=True, timeout=120)
        assert "<title>" in done.stdout
        assert "<title>taken over" not in done.stdout
