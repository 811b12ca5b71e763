"""The folder of a run on corrupted images, which the report reads."""

import json
import re

import numpy as np
import pandas as pd
import pytest
from report_folder import PARAMS
from ruamel.yaml import YAML
from run_record import run_json
from toys import refused

from cnnbench.config.loading import validate
from cnnbench.data.records.reader import Examples
from cnnbench.evaluation import scoring
from cnnbench.results import corruption_result
from cnnbench.robustness import robustness_table

RUN, CLASSES = "mnist-mnist_cnn", list(map(str, range(10)))


def score(inputs, templates):
    """A nearest-template classifier: worse the further an image is from what it was."""
    distance = ((inputs[:, None].astype(float) - templates) ** 2).mean(axis=(2, 3, 4))
    likely = np.exp(-distance / 500)
    return likely / likely.sum(axis=1, keepdims=True)


@pytest.fixture
def place(digits, tmp_path, monkeypatch):
    """An evaluated run on digits."""
    (tmp_path / "data/records").mkdir(parents=True)
    (tmp_path / "data/records/mnist").symlink_to(digits.records)
    examples = Examples(digits.records, digits.contents, [0])
    images = examples.gather(range(len(examples)))
    templates = np.stack([images[examples.labels == label].mean(axis=0) for label in range(10)])
    out = tmp_path / "reports/runs" / RUN
    out.mkdir(parents=True)
    counts = {part: dict.fromkeys(CLASSES, 2) for part in ("train", "val", "test")}
    facts = {"dataset": "mnist", "classes": CLASSES, "counts": counts, "input_shape": [28, 28, 1]}
    (out / "run.json").write_text(json.dumps(run_json(RUN, **facts)))
    scores = score(images, templates)
    columns = {f"score_{index}": scores[:, index] for index in range(10)}
    frame = pd.DataFrame({"id": examples.ids, "group": examples.ids, "label": examples.labels, **columns})
    frame.sort_values("id").to_parquet(out / "predictions.parquet")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(scoring, "load", lambda _: None)
    monkeypatch.setattr(scoring, "predict_scores", lambda _, inputs: score(inputs, templates))
    return tmp_path


def knobs(kinds="all"):
    return validate(YAML(typ="safe").load(PARAMS) | {"corruptions": {RUN: {"dataset": "mnist", "kinds": kinds}}})


def test_every_metric_under_every_corruption_is_the_same_each_time(place):
    out = place / "reports/corruptions" / RUN
    line, summary = robustness_table.write(knobs(["contrast", "brightness"]), RUN, out)
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    assert set(before) == {"corruptions.csv", "corruptions.svg", "corrupted.png"}
    assert robustness_table.write(knobs(["brightness", "contrast"]), RUN, out) == (line, summary)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    assert line.startswith(f"{RUN}: accuracy ")

    (found,) = corruption_result.load(place / "reports", {RUN})
    cells = {(cell.corruption, cell.strength, cell.metric): cell for cell in found.cells}
    metrics = {metric for _, _, metric in cells}
    assert {"accuracy", "roc_auc", "kappa"} <= metrics
    assert len(cells) == len(metrics) * (2 * 5 + 2 + 1)
    strong = cells["contrast", "5", "accuracy"]
    assert strong.value.value < strong.clean
    assert strong.difference.value == pytest.approx(strong.value.value - strong.clean, abs=1e-5)
    assert strong.difference.low <= strong.difference.value <= strong.difference.high < 0
    each = [cells[kind, str(strength), "accuracy"].value.value
            for kind in ("contrast", "brightness") for strength in range(1, 6)]  # fmt: skip
    assert cells["all", "mean", "accuracy"].value.value == pytest.approx(np.mean(each), abs=1e-5)
    assert corruption_result.load(place / "reports", {"other"}) == []
    # what `dvc metrics show` has
    mean = cells["all", "mean", "accuracy"].value
    shown = summary[f"{RUN} corrupted"]
    assert shown["accuracy"] == pytest.approx(mean.value, abs=1e-5)
    assert re.fullmatch(rf"{mean.low:.3f} to {mean.high:.3f}, n = \d+", shown["interval"])


def test_predictions_of_other_images_are_refused(place):
    path = place / "reports/runs" / RUN / "predictions.parquet"
    pd.read_parquet(path)[:-1].to_parquet(path)
    with refused(f"Expected the predictions of the test examples in .*: run `dvc repro evaluate@{RUN}`"):
        robustness_table.write(knobs(), RUN, place / "reports/corruptions" / RUN)
