"""The card of an exported model: a head that Hugging Face reads, and text for people."""

import math

import pytest
from ruamel.yaml import YAML
from run_record import run_json

from cnnbench.core import files
from cnnbench.core.errors import UserError
from cnnbench.results import model_card
from cnnbench.results.run_result import RunResult

METRICS = {
    "accuracy": {"value": 0.7512345678, "low": 0.6, "high": 0.9},
    "f1_macro": {"value": 0.7, "low": 0.55, "high": 0.85},
    "roc_auc": {"value": math.nan, "low": math.nan, "high": math.nan},
    "accuracy_clean": {"value": 0.75, "low": 0.6, "high": 0.9},
    "twins": {"value": 0.0, "low": 0.0, "high": 0.0},
}
PLAIN = {
    "input_shape": [28, 28, 1],
    "licence": "CC BY 4.0",
    "citation": "Doe: Moons | 'of' #1: 2020.",
    "title": "Moons",
}


def card(folder, metrics=METRICS, **facts):
    """The head and the text of the card of a run."""
    files.write_json(folder / "net/run.json", run_json("net", **PLAIN | facts))
    files.write_json(folder / "net/metrics.json", metrics)
    text = model_card.describe(RunResult.read(folder / "net"))
    start, head, body = text.split("---\n", 2)
    assert start == ""
    return YAML(typ="safe").load(head), body


def test_the_head_has_the_keys_of_the_specification(tmp_path):
    head, _ = card(tmp_path)
    assert head == {
        "license": "cc-by-4.0",
        "library_name": "keras",
        "pipeline_tag": "image-classification",
        "tags": ["image-classification", "cnnbench", "net"],
        "datasets": ["moons"],
        "metrics": ["accuracy", "f1"],
        "model-index": [
            {
                "name": "net",
                "results": [
                    {
                        "task": {"type": "image-classification"},
                        "dataset": {"type": "moons", "name": "Moons", "split": "test"},
                        "metrics": [
                            {"type": "accuracy", "value": 0.751235, "name": "accuracy"},
                            {"type": "f1", "value": 0.7, "name": "macro F1"},
                        ],
                    }
                ],
            }
        ],
    }


def test_the_text_has_intervals_licence_citation_split_recipe_and_seed(tmp_path):
    _, body = card(tmp_path, seed=7, recipe={"lr": 0.002}, changed=["lr: 0.1 -> 0.002"])
    for said in (
        "| accuracy | 0.751 [0.600, 0.900] |",
        "| licence of the data | CC BY 4.0 |",
        "| citation | Doe: Moons \\| 'of' \\#1: 2020. |",
        "| split protocol | grouped 8:1:1, test fold 0 |",
        "| examples | 80 train, 10 val, 10 test |",
        "| seed of the training | 7 |",
        "| lr | 0.002 |",
        "- lr: 0.1 -&gt; 0.002",
        "not for clinical use",
        "(n, 28, 28, 1)",
    ):
        assert said in body


def test_drawings_do_not_bear_the_licence_of_the_publication(tmp_path):
    head, body = card(tmp_path, synthetic=True)
    assert head["license"] == "unknown"
    assert "synthetic" in head["tags"]
    assert head["model-index"][0]["results"][0]["dataset"]["name"] == "Moons, SYNTHETIC"
    assert "SYNTHETIC" in body


def test_a_regression_on_a_table(tmp_path):
    rmse = {"rmse": {"value": 5.5, "low": 4.0, "high": 7.0}}
    head, body = card(tmp_path, rmse, classes=[], input_shape=[13, 1], unit="1000 USD", licence="as: stated # there")
    assert head["pipeline_tag"] == "tabular-regression"
    assert head["license"] == "unknown"
    assert head["model-index"][0]["results"][0]["metrics"][0]["name"] == "RMSE, 1000 USD"
    assert "5.500 [4.000, 7.000]" in body


@pytest.mark.parametrize("title", ["no: yes # - [", "---", "'\"\n---\n", "Zoë <b>"])
def test_hostile_titles_stay_texts(tmp_path, title):
    head, _ = card(tmp_path, title=title)
    assert head["model-index"][0]["results"][0]["dataset"]["name"] == " ".join(title.split())


def test_damaged_figures_are_refused(tmp_path):
    with pytest.raises(UserError, match="Expected the metric accuracy"):
        card(tmp_path, {})
