"""The badge of a run that is not above chance, and of a small test part, wherever a row or a verdict shows the run."""

import csv
import json

import pytest
from report_folder import write_thresholds
from run_folders import write_audits, write_repeats, write_run

from cnnbench import cli, config
from cnnbench.report import build

RUN, GOOD, BADGE = "mnist-mnist_cnn", "mnist-chest_cnn", "not above chance"


@pytest.fixture
def reports(tmp_path, monkeypatch):
    """A report on one run that guesses and one that does not; the thresholds of both are met."""
    monkeypatch.chdir(tmp_path)
    counts = {part: {"a": 10, "b": 10} for part in config.PARTS}
    for name, measured in ((RUN, (0.517, 0.3, 0.73)), (GOOD, (0.95, 0.76, 0.99))):
        write_run(
            tmp_path / "reports/runs", name, {"accuracy": measured, "roc_auc": (0.6, 0.5, 0.7)}, measured[0],
            task="classification", classes=["a", "b"], unit="", title="T", source="folder", synthetic=False,
            protocol="grouped 8:1:1", input_shape=[28, 28, 1], examples=dict.fromkeys(counts, 20), counts=counts,
            published_result={"metric": "accuracy", "value": 0.5, "text": "0.5"},
        )  # fmt: skip
    bounds = {RUN: {"accuracy": {"min": 0.5}, "roc_auc": {"min": 0.5}}, GOOD: {"accuracy": {"min": 0.5}}}
    write_thresholds(tmp_path, bounds)
    thresholds = config.load(tmp_path / "params.yaml").thresholds
    build.compile_report(tmp_path / "reports/runs", write_audits(tmp_path / "splits"), tmp_path / "reports", thresholds)
    return tmp_path / "reports"


def test_in_files_for_programs(reports):
    with (reports / "leaderboard.csv").open(newline="") as file:
        rows = {row["run"]: row for row in csv.DictReader(file)}
    assert (rows[RUN]["chance"], rows[RUN]["badges"]) == ("0.500000", f"{BADGE}, n = 20")
    assert (rows[GOOD]["chance"], rows[GOOD]["badges"]) == ("0.500000", "n = 20")
    metrics = json.loads((reports / "metrics.json").read_text())
    assert metrics[RUN]["accuracy"]["badges"] == f"{BADGE}, n = 20"
    assert "badges" not in metrics[RUN]["roc_auc"], "once, beside the headline"


def test_on_the_page(reports):
    page = (reports / "index.html").read_text()
    badge = f'<span class="badge">{BADGE}</span>'
    row = page.partition(f'<tr role="row" data-run="{RUN}"')[2].partition("</tr>")[0]
    assert badge in row
    assert '<span class="badge">n = 20</span>' in row
    good = page.partition(f'<tr role="row" data-run="{GOOD}"')[2].partition("</tr>")[0]
    assert badge not in good
    verdicts = page.partition('id="thresholds-title"')[2].partition("</table>")[0].split("<tr>")[2:]
    assert [('class="pill good"' in one, badge in one) for one in verdicts] == [(False, True)] * 2 + [(True, False)]
    assert (
        '<a class="pill warn" href="#thresholds">3 of 3 thresholds met, 2 by runs that are not above chance</a>' in page
    )
    published = page.partition('id="published-title"')[2].partition("</table>")[0]
    assert published.count(badge) == 1, "nor does an agreement with a publication stand there without it"
    assert "Not above chance: the interval holds" in page


def test_in_markdown(reports):
    text = (reports / "report.md").read_text()
    assert f"**{RUN.replace('_', chr(92) + '_')}** (**{BADGE}, n = 20**)" in text
    assert text.count(f"⚠️ met, {BADGE}, n = 20") == 2
    assert "✅ met, n = 20" in text
    assert "Not above chance: the interval holds" in text


def test_on_the_terminal(reports, capsys):
    assert cli.main(["results"]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert BADGE in out
    assert "n = 20" in out
    assert "Not above chance: the interval holds" in out
    assert cli.main(["check"]) == 0, "no threshold of its own"
    out = capsys.readouterr().out
    assert out.count(f"met, {BADGE}, n = 20") == 2
    assert "3 of 3 thresholds met, 2 by runs that are not above chance" in out
    assert cli.main(["check", "--format", "markdown"]) == 0
    assert f"⚠️ met, {BADGE}, n = 20" in capsys.readouterr().out


def test_beside_a_mean_over_repeats(tmp_path):
    """40 examples in each of two folds: 80 are not few; the second network is right in 0.6, 0.55 and 0.5 of them."""
    runs, folder = write_repeats(tmp_path / "reports/runs"), tmp_path / "reports"
    build.compile_report(runs, write_audits(tmp_path / "splits"), folder, {})
    with (folder / "repeats.csv").open(newline="") as file:
        rows = {(row["entry"], row["metric"]): row["badges"] for row in csv.DictReader(file)}
    assert rows["skin_cancer-plain_cnn", "accuracy"] == BADGE
    assert {said for key, said in rows.items() if key != ("skin_cancer-plain_cnn", "accuracy")} == {""}
    caption = (folder / "index.html").read_text().partition("Repeats of skin_cancer-plain_cnn")[2]
    assert f'<span class="badge">{BADGE}</span>' in caption.partition("</caption>")[0]
    text = (folder / "report.md").read_text().partition("## Repeats")[2].partition("\n## ")[0]
    assert [f"**{BADGE}**" in line for line in text.splitlines() if "plain" in line] == [True, True]
    assert [BADGE in line for line in text.splitlines() if "skin\\_cnn" in line] == [False, False]


def test_beside_the_ranks_of_a_comparison(tmp_path, capsys):
    write_repeats(tmp_path / "reports/runs")
    names = ("skin_cancer-skin_cnn", "skin_cancer-plain_cnn")
    assert cli.main(["compare", *names, "--reports", str(tmp_path / "reports")]) == 0
    out = capsys.readouterr().out
    assert f"skin_cancer-plain_cnn ({BADGE})" in out
    assert "skin_cancer-skin_cnn  " in out
    assert "Not above chance: the interval holds" in out
