"""What evaluate reads from the split: patients, twins, attributes; and what it writes of them."""

import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from run_record import record

from cnnbench.core.errors import UserError
from cnnbench.data.records.reader import Part
from cnnbench.evaluation import run_tables, split_facts
from cnnbench.metrics.predictions import Predictions

PARTS = {"test": [0], "val": [1], "train": [2, 3]}


def split(protocol="image-level", n=80):
    """Forty patients of two images: in fold 0 those of patients 0 to 9 and one image of 10 to 29, the other in 2."""
    frame = pd.DataFrame({"id": [f"i{i:02}" for i in range(n)], "group": [f"p{i // 2:02}" for i in range(n)]})
    frame["fold"] = np.where(np.arange(n) < 20, 0, np.where(np.arange(n) % 2, 2, np.where(np.arange(n) < 60, 0, 1)))
    frame = frame.assign(sha256=frame["id"], near="", unit=frame["id"], protocol=protocol, dropped="")
    frame["sex"] = np.where(np.arange(n) % 4 < 2, "f", "m")
    return frame.assign(serial=[f"s{i}" for i in range(n)], label=0.0)


@pytest.fixture
def read(tmp_path):
    def call(frame, ids=None, attributes=("sex", "serial")):
        path = tmp_path / "own.parquet"
        frame.to_parquet(path)
        ids = frame.loc[frame["fold"] == 0, "id"] if ids is None else ids
        return split_facts.read(path, np.array(ids), SimpleNamespace(attributes=attributes), PARTS)

    return call


def test_an_image_level_run_keeps_the_known_patient_for_its_intervals(read):
    frame = split()
    found = read(frame)
    assert found.groups[:4].tolist() == ["p00", "p00", "p01", "p01"]
    assert found.twin.tolist() == [False] * 20 + [True] * 20
    frame.loc[0, "group"] = ""
    assert read(frame).groups[0] == "i00"
    # a patient that a copy joins to another is one unit, and stays one
    assert read(split("grouped").assign(unit="u")).groups.tolist() == ["u"] * 40


def test_examples_come_in_the_order_asked_for(read):
    found = read(split(), ["i20", "i02", "i00"])
    assert found.groups.tolist() == ["p10", "p01", "p00"]
    assert found.twin.tolist() == [True, False, False]
    assert found.attributes["sex"].tolist() == ["f", "m", "f"]
    assert found.subgroups["sex"]["f"].tolist() == [True, False, True]


def test_an_attribute_of_too_many_words_is_left_out_with_a_line(read):
    found = read(split())
    assert list(found.subgroups) == ["sex"]
    assert found.notes == ("No subgroups by serial: it has 80 values, such as s0, and takes 20 at most.",)
    assert found.add_to({"temperature": 1.0}) == {"temperature": 1.0, "twins": 20, "subgroup_notes": found.notes}


@pytest.mark.parametrize(
    "spoil",
    [
        lambda frame: (frame, ["other"], ()),
        lambda frame: (frame, None, ("age",)),
        lambda frame: (frame.drop(columns="sha256"), None, ()),
    ],
)
def test_another_split_is_one_line(read, spoil):
    with pytest.raises(UserError, match=r"Expected the split of the test examples in .*own\.parquet.*split@own`\.$"):
        read(*spoil(split()))


def test_no_split_is_one_line(tmp_path):
    with pytest.raises(UserError, match="run `dvc repro split@own`"):
        split_facts.read(tmp_path / "own.parquet", np.array(["a"]), SimpleNamespace(attributes=()), PARTS)


def test_twins_and_attributes_stand_with_the_predictions_and_subgroups_beside_them(read, tmp_path):
    frame = split().assign(label=["odd", "even"] * 40)
    facts = read(frame, attributes=("sex", "label"))
    ids = np.array(frame.loc[frame["fold"] == 0, "id"], str)
    labels = np.arange(40) % 2
    part = Part(ids, facts.groups, labels, np.zeros((40, 1)))
    run_tables.write_predictions(tmp_path, part, {"score_0": labels * 1.0}, facts)
    written = pd.read_parquet(tmp_path / "predictions.parquet")
    assert list(written) == ["id", "group", "label", "score_0", "twin", "sex", "attribute_label"]
    assert written["twin"].sum() == 20
    scores = np.stack([1 - labels, labels], axis=1) * 0.8 + 0.1
    predictions = Predictions(labels, scores, facts.groups)
    metrics = run_tables.write_metrics(tmp_path, predictions, record().classes, facts)
    stored = json.loads((tmp_path / "metrics.json").read_text())
    assert stored["twins"]["value"] == metrics["twins"].value == 20
    assert stored["roc_auc"]["of"] == "yes"
    assert stored["accuracy_clean"]["value"] == 1
    table = pd.read_csv(tmp_path / "subgroups.csv")
    assert set(table["attribute"]) == {"sex", "label"}
    # left by a run when the data set had attributes, it would stand in the report
    run_tables.write_metrics(tmp_path, predictions, record().classes, facts._replace(subgroups={}))
    assert not (tmp_path / "subgroups.csv").exists()
