import re
from urllib.parse import unquote

import pytest

from cnnbench.check import verdicts
from cnnbench.params import Bound
from cnnbench.reporting import leaderboard, markdown, results

THRESHOLDS = {
    "mnist-mnist_cnn": {"accuracy": Bound(kind="min", value=0.97)},
    "boston_housing-conv1d": {"rmse": Bound(kind="max", value=7.0), "rsme": Bound(kind="max", value=7.0)},
}


@pytest.fixture
def report(audits, overview):
    def render(runs):
        found = results.load(runs)
        return markdown.render(
            found, verdicts(leaderboard.metrics(found), THRESHOLDS), audits, overview(runs), runs.parent
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


def test_changes_are_listed(runs, report):
    text = section(report(runs), "Changed from the published recipe and input")
    assert "lr: 0.0001 -&gt; 0.0005; epochs: 25 -&gt; 3" in text
    assert r"**mnist-mnist\_cnn**: nothing" in text


def test_pictures_are_linked_relative_and_exist(runs, report):
    links = re.findall(r"!\[.*\]\((.*)\)", report(runs))
    assert len(links) == 5 + 5 + 3
    assert "runs/mnist-mnist_cnn/roc.png" in links
    assert all((runs.parent / unquote(link)).is_file() for link in links)


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "a](http://x) | b", "*bold* `code`\nline"])
def test_names_from_the_data_stay_text(tmp_path, three, name, report):
    runs = three(tmp_path / "runs", classes=("normal", "odd"))
    confusion = runs / "chest_xray-chest_cnn" / "confusion.csv"
    quoted = '"' + name + '"'
    confusion.write_text(f"actual,predicted,count,share\nnormal,{quoted},3,0.3\n")
    text = report(runs)
    assert markdown.escape(name) in text
    assert "<script" not in text
    assert name not in text


def test_tables_are_rectangular(runs, report):
    for block in re.findall(r"(?:^\|.*\n)+", report(runs), flags=re.MULTILINE):
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()}) == 1


def test_split_and_leakage_of_every_data_set(runs, report):
    text = section(report(runs), "Split and leakage")
    assert [line for line in text.splitlines() if line.startswith("### ")] == [
        r"### boston\_housing", r"### chest\_xray (SYNTHETIC)", r"### mnist",
    ]  # fmt: skip
    assert text.count("✅ No exact copy stands in more than one of train, val and test") == 2
    assert "❌ LEAKS: 1 group (3 examples) and 1 cluster of exact copies (2 examples) in more than one of" in text
    assert r"Not counted, since near\_copies is report: 1 cluster of near copies (3 examples)" in text
    assert "| Exact copies | 1 cluster, 2 examples | 1 cluster, 2 examples | 1 cluster, 2 examples |" in text
    assert "Examples: train 7, val 2, test 2. Dropped: 1 (unreadable 1)." in text
    assert "Labels differ among identical examples: 1 cluster, 2 examples." in text
    assert r"- Dropped: &lt;script&gt;alert(1)&lt;/script&gt;.png, unreadable: &lt;b&gt;\|\*x\*" in text


def test_what_cannot_be_compared_is_said(runs, report):
    text = section(report(runs), "Comparisons")
    assert "Nothing to compare: no two networks were tested on the same examples" in text
    assert "Over several data sets: Expected at least 5 data sets" in text
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
