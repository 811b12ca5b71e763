import csv
import io
import json
from pathlib import Path

import pytest

from cnnbench.reporting import plots, results

TEMPLATES = Path(__file__).parents[2] / "plots"


def table(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_roc_has_the_one_curve_that_stands_for_a_run(runs):
    rows = table(plots.roc(results.load(runs)))
    assert {(row["run"], row["class"]) for row in rows} == {
        ("chest_xray-chest_cnn", "pneumonia"),
        ("mnist-mnist_cnn", "macro"),
    }
    assert [row["tpr"] for row in rows[:3]] == ["0.0", "0.8", "1.0"]


def test_a_class_called_macro_is_a_class_where_there_are_two(tmp_path, three):
    rows = table(plots.roc(results.load(three(tmp_path, classes=("macro", "micro")))))
    assert {row["class"] for row in rows if row["run"].startswith("chest")} == {"micro"}


def test_history_is_long(runs):
    rows = table(plots.history(results.load(runs)))
    chest = [row for row in rows if row["run"].startswith("chest")]
    assert len(chest) == 6
    assert chest[1] == {
        "run": "chest_xray-chest_cnn", "epoch": "1", "part": "val", "loss": "0.8", "accuracy": "0.55",
    }  # fmt: skip
    assert {row["accuracy"] for row in rows if row["run"].startswith("boston")} == {""}


def test_confusion_has_every_cell_of_every_classifier(runs):
    rows = table(plots.confusion(results.load(runs)))
    assert len(rows) == 2 * 2 + 10 * 10
    assert rows[0] == {
        "run": "chest_xray-chest_cnn", "actual": "normal", "predicted": "normal", "count": "9", "share": "0.9",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "maker"),
    [
        ("roc_by_run", plots.roc),
        ("learning_curves_by_run", plots.history),
        ("confusion_by_run", plots.confusion),
    ],
)
def test_a_template_uses_columns_that_its_table_has(runs, name, maker):
    columns = {*table(maker(results.load(runs)))[0], "rev"}
    template = json.loads((TEMPLATES / f"{name}.json").read_text())
    made = {step["as"] for step in template.get("transform", []) if "as" in step}
    assert template["data"] == {"values": "<DVC_METRIC_DATA>"}
    used = set(_fields(template)) - made
    assert {"<DVC_METRIC_X>", "<DVC_METRIC_Y>", "run"} <= used | {"run"}
    assert used - {"<DVC_METRIC_X>", "<DVC_METRIC_Y>", "x", "y"} <= columns


def _fields(part):
    if isinstance(part, dict):
        for key, value in part.items():
            if key == "field":
                yield value
            yield from _fields(value)
    elif isinstance(part, list):
        for item in part:
            yield from _fields(item)
