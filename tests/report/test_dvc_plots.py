import configparser
import csv
import io
import json
import re
from pathlib import Path

import pytest
import vl_convert
from dvc_render import VegaRenderer, render_html
from run_folders import write_three

from cnnbench.report import drawings, dvc_plots
from cnnbench.results import run_result

TEMPLATES = Path(__file__).parents[2] / "plots"


def table(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_roc_has_the_one_curve_that_stands_for_a_run(runs):
    rows = table(dvc_plots.roc(run_result.load(runs)))
    assert {(row["run"], row["class"]) for row in rows} == {
        ("chest_xray-chest_cnn", "pneumonia"),
        ("mnist-mnist_cnn", "macro"),
    }
    assert [row["tpr"] for row in rows[:3]] == ["0.0", "0.8", "1.0"]
    assert [row["tpr_low"] for row in rows[:3]] == ["0.0", "0.6", "0.8"]


def test_a_run_has_the_colour_that_it_has_in_the_report(runs):
    found = run_result.load(runs)
    colours = drawings.colours(found)
    for rows in (table(dvc_plots.roc(found)), table(dvc_plots.history(found))):
        shades = {(row["run"], row["dataset"], row["colour"]) for row in rows}
        assert shades <= {(result.run, result.dataset, colours[result.architecture]) for result in found}
    assert len(shades) == len(found)


def test_a_class_called_macro_is_a_class_where_there_are_two(tmp_path):
    rows = table(dvc_plots.roc(run_result.load(write_three(tmp_path, classes=("macro", "micro")))))
    assert {row["class"] for row in rows if row["run"].startswith("chest")} == {"micro"}


def test_history_is_long(runs):
    rows = table(dvc_plots.history(run_result.load(runs)))
    chest = [row for row in rows if row["run"].startswith("chest")]
    assert len(chest) == 6
    assert chest[1] == {
        "run": "chest_xray-chest_cnn", "dataset": "chest_xray", "colour": chest[0]["colour"],
        "epoch": "1", "part": "val", "loss": "0.8", "accuracy": "0.55",
    }  # fmt: skip
    assert {row["accuracy"] for row in rows if row["run"].startswith("boston")} == {""}


def test_confusion_has_every_cell_of_every_classifier(runs):
    rows = table(dvc_plots.confusion(run_result.load(runs)))
    assert len(rows) == 2 * 2 + 10 * 10
    assert rows[0] == {
        "run": "chest_xray-chest_cnn", "actual": "normal", "predicted": "normal", "count": "9", "share": "0.9",
    }  # fmt: skip


EVERY = [
    ("roc_by_run", dvc_plots.roc, "fpr", "tpr"),
    ("learning_curves_by_run", dvc_plots.history, "epoch", "loss"),
    ("learning_curves_by_run", dvc_plots.history, "epoch", "accuracy"),
    ("confusion_by_run", dvc_plots.confusion, "predicted", "actual"),
]


@pytest.mark.parametrize(("name", "maker", "x", "y"), EVERY)
def test_a_template_uses_columns_that_its_table_has(runs, name, maker, x, y):
    template = json.loads((TEMPLATES / f"{name}.json").read_text())
    assert template["data"] == {"values": "<DVC_METRIC_DATA>"}
    made = {*_values(template, "as"), "<DVC_METRIC_X>", "<DVC_METRIC_Y>", "x", "y"}
    assert {*_values(template, "field")} - made <= {*table(maker(run_result.load(runs)))[0], "rev"}
    assert {"<DVC_METRIC_X>", "<DVC_METRIC_Y>"} <= {*_values(template, "field")}


@pytest.mark.parametrize("version", ["5.8", "5.21"])  # the oldest there is, since DVC's own address leads to 5.2; ours
@pytest.mark.parametrize(("name", "maker", "x", "y"), EVERY)
def test_vega_draws_each_run_in_its_colour(runs, name, maker, x, y, version):
    rows = table(maker(run_result.load(runs)))
    points = [row | {"rev": rev} for rev in ("HEAD", "workspace") for row in rows]
    template = str(TEMPLATES / f"{name}.json")
    renderer = VegaRenderer(points, "plot", template=template, x=x, y=y, title="What it is", x_label="across")
    picture = vl_convert.vegalite_to_svg(renderer.get_filled_template(), vl_version=version)
    assert {"What it is", "across", "HEAD", "workspace"} <= set(re.findall(r">([^<>,]+)(?:, )?", picture)) | set(
        re.findall(r", (\w+)<", picture)
    )
    if name == "roc_by_run":
        assert ">chest_xray, pneumonia<" in picture, "a curve of two classes names the positive one"
    for row in rows:
        if row[y] and name != "confusion_by_run":
            assert row["run"].removeprefix(f"{row['dataset']}-") in picture
            assert f'stroke="{row["colour"]}"' in picture


def test_the_page_of_dvc_plots_is_there_and_takes_what_dvc_gives(tmp_path):
    config = configparser.ConfigParser()
    config.read(TEMPLATES.parent / ".dvc" / "config")
    page = TEMPLATES.parent / ".dvc" / config["plots"]["html_template"]
    renderer = VegaRenderer([{"x": 1, "y": 2}], "plot", x="x", y="y")
    html = render_html([renderer], tmp_path / "out" / "index.html", html_template=str(page)).read_text()
    assert "vegaEmbed('#plot', spec);" in html
    assert "{" not in re.sub(r"(?s)<(style|script).*?</\1>", "", html)  # no place is left unfilled
    # What the network would give is inert text, until Vega is found to be missing.
    assert "cdn.jsdelivr.net" not in re.sub(r"(?s)<template.*?</template>", "", html)


def test_vega_lies_beside_the_page_as_the_pinned_package_bundles_it():
    assert 'src="../plots/vega.js"' in (TEMPLATES / "page.html").read_text()
    bundled = vl_convert.javascript_bundle(vl_version="5.21")
    assert (TEMPLATES / "vega.js").read_text(encoding="utf-8") == bundled, "`make vega` writes it"


def _values(part, name):
    """What stands under that name, at any depth."""
    if isinstance(part, dict):
        for key, value in part.items():
            if key == name:
                yield value
            yield from _values(value, name)
    elif isinstance(part, list):
        for item in part:
            yield from _values(item, name)
