import json
import re
from urllib.parse import unquote

import pytest
from run_folders import PAIRS, overview_of, write_three

from cnnbench.config import Bound
from cnnbench.metrics.intervals.bootstrap import Estimate
from cnnbench.report import drawings, leaderboard, report_markdown
from cnnbench.results import earlier, regressions, run_result
from cnnbench.results.gate import judge

THRESHOLDS = {
    "mnist-mnist_cnn": {"accuracy": Bound(kind="min", value=0.97)},
    "boston_housing-conv1d": {"rmse": Bound(kind="max", value=7.0), "rsme": Bound(kind="max", value=7.0)},
}


@pytest.fixture
def report(audits):
    def render(runs, since=None):
        found, together = run_result.load(runs), overview_of(runs)
        judged = judge(leaderboard.metrics(found), THRESHOLDS)
        return report_markdown.render(
            found, judged, audits, together, drawings.draw(found, together), since, runs.parent
        )

    return render


def section(text, title):
    return text.split(f"## {title}\n")[1].split("\n## ")[0]


def test_leaderboard_marks_what_is_synthetic(runs, report):
    rows = section(report(runs), "Leaderboard").splitlines()
    chest = next(row for row in rows if "chest" in row)
    assert "**SYNTHETIC**" in chest
    assert "accuracy 0.900 [0.700, 0.970]" in chest
    houses = next(row for row in rows if "boston" in row)
    assert "SYNTHETIC" not in houses
    assert "RMSE 3.800 [2.900, 5.100] (1000 USD)" in houses


def test_a_published_figure_stands_beside_real_measurements_only(runs, report):
    text = report(runs)
    assert "above 90" not in text
    assert "Published: test RMSE 4.936. Measured here: RMSE 3.800" in text
    assert "Not comparable, since measured on synthetic images: chest" in text


def test_thresholds_say_what_was_missed(runs, report):
    text = section(report(runs), "Thresholds")
    assert "1 of 3 thresholds met." in text
    assert "| 0.960 | ≥ 0.97 | -0.010 | ❌ missed |" in text
    assert "| 3.800 | ≤ 7 | +3.200 | ✅ met |" in text
    assert "received 'rsme'" in text


def test_a_picture_of_each_data_set_is_linked_relative_and_exists(runs, report):
    links = re.findall(r"!\[.*\]\((.*)\)", report(runs))
    assert links == [
        "runs/boston_housing-conv1d/true_vs_predicted.svg",
        "runs/chest_xray-chest_cnn/roc.svg",
        "runs/mnist-mnist_cnn/roc.svg",
    ]
    assert all((runs.parent / unquote(link)).is_file() for link in links)


def test_networks_compared_stand_in_one_picture(repeated, report):
    assert re.findall(r"!\[.*\]\((.*)\)", report(repeated)) == ["plots/skin_cancer-roc.svg"]


def since(runs, change):
    """What changed since these runs had other figures."""
    metrics = leaderboard.metrics(run_result.load(runs))
    before = {run: dict(found) for run, found in metrics.items()}
    change(before)
    return regressions.compare(earlier.Earlier("Main.json", before, runs / "none"), metrics, runs, THRESHOLDS)


def test_only_lines_that_changed_are_listed(runs, report):
    def change(before):
        before["mnist-mnist_cnn"]["accuracy"] = Estimate(0.99, 0.985, 0.995)
        del before["chest_xray-chest_cnn"]

    text = section(report(runs, since(runs, change)), "Changes since Main.json")
    assert "1 of 2 figures worse since Main.json; 1 is as before." in text
    rows = [line for line in text.splitlines() if line.startswith("| ")][2:]
    assert [row.split(" | ")[0] for row in rows] == [r"| mnist-mnist\_cnn"]
    assert "❌ worse" in rows[0]
    assert r"chest\_xray-chest\_cnn: new since Main.json." in text


def test_without_a_change_there_is_no_table(runs, report):
    text = section(report(runs, since(runs, lambda before: None)), "Changes since Main.json")
    assert "as before" in text
    assert "|" not in text


def test_without_a_baseline_there_are_no_changes(runs, report):
    assert "Changes since" not in report(runs)


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "a](http://x) | b", "*bold* `code`\nline"])
def test_names_from_the_data_stay_text(tmp_path, name, report):
    runs = write_three(tmp_path / "runs", classes=("normal", "odd"))
    path = runs / "chest_xray-chest_cnn" / "run.json"
    path.write_text(path.read_text().replace('"odd"', json.dumps(name)))
    text = report(runs)
    assert report_markdown.escape(name) in text
    assert "<script" not in text
    assert name not in text


def test_tables_are_rectangular(runs, report):
    for block in re.findall(r"(?:^\|.*\n)+", report(runs), flags=re.MULTILINE):
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()}) == 1


def test_every_split_has_a_line(runs, report):
    found = [line for line in section(report(runs), "Split and leakage").splitlines() if line]
    assert [line.partition(":")[0] for line in found] == [
        r"- ✅ **boston\_housing**", r"- ❌ **chest\_xray** **SYNTHETIC**", "- ✅ **mnist**",
    ]  # fmt: skip
    assert "LEAKS: 1 group (3 examples) and 1 cluster of exact copies (2 examples) in more than one of" in found[1]
    assert r"Not counted, since near\_copies is report: 1 cluster of near copies (3 examples)" in found[1]


def test_the_first_pairs_of_copies_are_named(runs, report, audits):
    audits["chest_xray"] = audits["chest_xray"].model_copy(update={"pairs": PAIRS})
    found = [line for line in section(report(runs), "Split and leakage").splitlines() if line.startswith("    - ")]
    assert len(found) == 5
    assert found[0] == r"    - exact copy: test chest\_xray/11 (normal), train &lt;i&gt;.png (&lt;b&gt;)"


def test_near_copies_that_do_not_count_are_a_warning(runs, report, audits):
    found = audits["chest_xray"]
    clean = found.used.model_copy(update={"leaks": False})
    audits["chest_xray"] = found.model_copy(update={"used": clean})
    assert "- ⚠️ **chest" in section(report(runs), "Split and leakage")


def test_what_cannot_be_compared_is_said(runs, report):
    text = section(report(runs), "Comparisons")
    assert "Nothing to compare: no two networks were tested on the same examples" in text
    assert "Over several data sets" not in text
    assert "## Repeats" not in report(runs)


def test_repeats_and_their_comparison(repeated, report):
    text = report(repeated)
    said = section(text, "Comparisons")
    assert r"skin\_cancer-skin\_cnn is better than skin\_cancer-plain\_cnn in accuracy: +0.3" in said
    assert said.count("**SYNTHETIC**") == 1
    rows = section(text, "Repeats")
    assert "3 seeds × 2 folds, 80 test examples | accuracy | 0.900 [" in rows
    assert "0.050 over seeds" in rows
    board = section(text, "Leaderboard")
    assert r"| 1 of 2 \[1, 1\] a |" in board
    assert "| 12.3 MFLOP |" in board
