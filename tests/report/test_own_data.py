"""The report on people's own data: twins, the positive class, subgroups, and no word of a publication."""

import re
from types import SimpleNamespace

import pandas as pd
import pytest
from run_folders import lines, write_run

from cnnbench import cli
from cnnbench.config import Bound
from cnnbench.core import files
from cnnbench.data import leakage, leakage_text
from cnnbench.metrics import lookup, subgroups
from cnnbench.report import build, leakage_tables
from cnnbench.results import line

CLASSES = ["benign", "malignant"]
OWN = {
    "task": "classification", "classes": CLASSES, "unit": "", "title": "lesions", "source": "folder",
    "synthetic": False, "protocol": "grouped 8:1:1", "input_shape": [64, 64, 3],
    "published_result": None, "citation": "", "licence": "",
    "examples": {"train": 320, "val": 40, "test": 60}, "changed": [], "threshold": 0.4,
    "counts": {part: dict.fromkeys(CLASSES, n) for part, n in (("train", 160), ("val", 20), ("test", 30))},
    "notes": ["2 files were left out, such as Thumbs.db."],
}  # fmt: skip
METRICS = {
    "accuracy": (0.966, 0.9, 0.99), "accuracy_clean": (0.8, 0.6, 0.91), "accuracy_worst_group": (0.7, 0.5, 0.85),
    "roc_auc": (0.98, 0.9, 1.0), "sensitivity_at_threshold": (0.9, 0.8, 0.95), "log_loss": (0.2, 0.1, 0.3),
    "twins": (57, 57, 57),
}  # fmt: skip
FEW = METRICS | {"accuracy_clean": (None, None, None), "twins": (59, 59, 59)}


@pytest.fixture
def made(tmp_path, monkeypatch):
    """The report of a run that leaks, of one that leaks all but one example, and of one that is clean."""
    runs = tmp_path / "reports/runs"
    leaking = write_run(runs, "lesions-plain_cnn", METRICS | {"twins": (20, 20, 20)}, twins=20, **OWN)
    write_run(runs, "lesions-vgg16", FEW, twins=59, subgroup_notes=["No subgroups by serial: it has 80 values."], **OWN)
    write_run(runs, "lesions-clean_cnn", METRICS | {"twins": (0, 0, 0)}, **OWN)
    rows = [
        ("sex", "f", 35, "benign 20, malignant 15", "false", "false", "accuracy", 0.95, 0.9, 1.0),
        ("sex", "f", 35, "benign 20, malignant 15", "false", "false", "roc_auc", 0.97, 0.9, 1.0),
        ("sex", "m", 40, "benign 20, malignant 20", "false", "true", "accuracy", 0.7, 0.5, 0.85),
        ("sex", "m", 40, "benign 20, malignant 20", "false", "true", "roc_auc", 0.8, 0.7, 0.9),
        ("sex", "not known", 2, "benign 2, malignant 0", "true", "false", "accuracy", 1.0, 0.3, 1.0),
        ("sex", "not known", 2, "benign 2, malignant 0", "true", "false", "roc_auc", "", "", ""),
    ]
    (leaking / "subgroups.csv").write_text(lines(",".join(subgroups.COLUMNS), rows))
    parts = {"id": ["a", "b"], "sha256": ["a", "b"], "group": ["p", "p"], "label": 0.0, "split": ["train", "test"]}
    split = pd.DataFrame(parts).assign(part="", near="", dropped="", warning="", protocol="image-level")
    files.write_json(tmp_path / "splits/lesions.leakage.json", leakage.audit(split, "report").model_dump())
    bounds = {"lesions-plain_cnn": {"sensitivity_at_threshold": Bound(kind="min", value=0.95)}}
    build.compile_report(runs, tmp_path / "splits", tmp_path / "reports", bounds)
    monkeypatch.chdir(tmp_path)
    read = {name: (tmp_path / "reports" / name).read_text() for name in ("index.html", "report.md", "leaderboard.csv")}
    return SimpleNamespace(page=read["index.html"], markdown=read["report.md"], csv=read["leaderboard.csv"])


def row_of(page, run):
    return re.search(rf'<tr role="row" data-run="{run}".*?</tr>', page, re.DOTALL)[0]


def test_the_row_of_a_run_with_twins_is_marked_on_the_page_with_the_clean_figure(made):
    row = row_of(made.page, "lesions-plain_cnn")
    assert "TWINS 20 of 60" in row
    assert "40 clean: 0.800 [0.600, 0.910]" in row
    row = row_of(made.page, "lesions-vgg16")
    assert "TWINS 59 of 60" in row
    assert "1 clean: too few for a figure" in row
    assert "TWINS" not in row_of(made.page, "lesions-clean_cnn")
    assert "TWINS in 2 of 3 runs" in made.page


def test_so_it_is_in_markdown(made):
    board = made.markdown.split("## Leaderboard")[1].split("\n## ")[0]
    rows = {run: next(row for row in board.splitlines() if run in row) for run in ("plain", "vgg16", "clean\\_cnn")}
    assert "accuracy 0.966 [0.900, 0.990]; on the 40 clean test examples: 0.800 [0.600, 0.910]" in rows["plain"]
    assert "**TWINS 20 of 60**" in rows["plain"]
    assert "on the 1 clean test example: too few for a figure" in rows["vgg16"]
    assert "TWINS" not in rows["clean\\_cnn"]


def test_so_it_is_in_csv_and_read_back(made, tmp_path):
    read = {one.run: one for one in line.read(tmp_path / "reports/leaderboard.csv")}
    leaking, few = read["lesions-plain_cnn"], read["lesions-vgg16"]
    assert (leaking.twins, leaking.n_clean, leaking.metrics["accuracy_clean"]) == (20, 40, (0.8, 0.6, 0.91))
    assert (few.twins, few.n_clean, "accuracy_clean" in few.metrics) == (59, 1, False)
    assert (leaking.positive, leaking.worst_group) == ("malignant", "sex = m")
    header = made.csv.splitlines()[0].split(",")
    assert {"twins", "n_clean", "accuracy_clean", "accuracy_clean_low", "accuracy_clean_high"} <= set(header)


def test_so_it_is_in_the_terminal(made, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    assert cli.main(["results"]) == 0
    out = capsys.readouterr().out
    rows = out.splitlines()
    at = next(index for index, row in enumerate(rows) if row.startswith("lesions-plain_cnn"))
    assert "real, TWINS" in rows[at]
    assert "accuracy 0.800 [0.600, 0.910]" in rows[at + 1]
    assert rows[at + 1].split()[-1] == "40"
    assert max(map(len, rows)) <= 120
    text = " ".join(out.split())
    assert "lesions-vgg16: TWINS: 59 of 60 test examples have a twin; on the 1 clean test example: too few" in text
    assert "Positive class, of ROC AUC and the like: malignant (lesions)." in text
    assert "lesions-plain_cnn: worst subgroup sex = m: accuracy 0.700 [0.500, 0.850]." in text


def test_the_positive_class_is_named_wherever_a_figure_is_of_it(made, capsys):
    for name in ("roc_auc", "sensitivity_at_threshold"):
        assert f'<th scope="row">{lookup.label(name)} (malignant)</th>' in made.page
    assert "malignant" in row_of(made.page, "lesions-plain_cnn")
    assert "<td>sensitivity at that threshold (malignant)</td>" in made.page, "of a threshold"
    assert '<th scope="row">malignant (positive)</th>' in made.page
    assert "0.980 [0.900, 1.000] (malignant)" in made.markdown
    assert "sensitivity\\_at\\_threshold (malignant) | 0.900" in made.markdown
    assert "tell 2 classes apart: benign, malignant; positive: malignant" in made.page


def test_subgroups_have_a_table_with_the_worst_first_and_small_ones_marked(made):
    part = made.page[made.page.index('id="subgroups-lesions-plain_cnn"') :]
    order = re.findall(r'<th scope="row">(m|f|not known)', part)[:3]
    assert order == ["m", "f", "not known"]
    assert "Worst subgroup: sex = m, accuracy 0.700 [0.500, 0.850] on 40 test examples" in part
    assert re.search(r">not known <span[^>]*>few</span>", part)
    assert '<th scope="row">ROC AUC (malignant)</th>' in part
    assert "No subgroups by serial: it has 80 values." in made.page
    section = made.markdown.split("## Subgroups")[1].split("\n## ")[0]
    assert "| sex = m | 40 | benign 20, malignant 20 | 0.700 [0.500, 0.850] |" in section
    assert "| sex = not known (few) | 2 |" in section


def test_the_notes_on_the_data_stand_with_the_data_set(made):
    assert "2 files were left out, such as Thumbs.db." in made.page


def test_nothing_is_said_of_a_publication(made):
    body = made.page[made.page.index("<body") :]
    assert re.findall(".*(?:publi|tutorial).*", body + made.markdown, re.IGNORECASE) == []


def test_nothing_is_said_of_a_publisher_where_the_data_came_split():
    rows = {"id": ["a", "b"], "sha256": ["s", "s"], "group": ["", ""], "label": 0.0, "split": ["train", "test"]}
    rows["part"] = rows["split"]
    found = leakage.audit(pd.DataFrame(rows).assign(near="", dropped="", warning="", protocol="official"), "join")
    said = [
        leakage_text.verdict(found),
        leakage_tables.describe_method(found),
        *map(str, leakage_tables.list_samples(found)),
    ]
    assert "publi" not in " ".join(said).lower()
