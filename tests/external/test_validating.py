"""A network on another data set: what it is tested on, and the folder that the report reads."""

import json
import shutil
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from report_folder import PARAMS
from ruamel.yaml import YAML
from run_record import run_json
from toys import refused

from cnnbench.config.loading import validate
from cnnbench.data.cache import writer
from cnnbench.evaluation import scoring
from cnnbench.external import choosing, validating
from cnnbench.results import external_result
from cnnbench.runs.record import RunRecord

TEST = {"run": "mnist-x", "trained_on": "mnist", "dataset": "others"}
CLASSES = list(map(str, range(10)))


@pytest.fixture
def place(digits, tmp_path, monkeypatch):
    """A run on the even half of 400 digits, and the odd half as another data set."""
    frame = digits.split
    halves = {"mnist": frame.index % 2 == 0, "others": frame.index % 2 == 1}
    for name, half in halves.items():
        raw = tmp_path / "data/raw" / name
        shutil.copytree(digits.raw, raw)
        source = json.loads((raw / "source.json").read_text()) | {"dataset": name}
        (raw / "source.json").write_text(json.dumps(source))
        give(tmp_path, name, frame[half])
    content = YAML(typ="safe").load(PARAMS)
    content["datasets"]["others"] = content["datasets"]["mnist"]
    content["runs"]["mnist-x"] = content["runs"]["mnist-mnist_cnn"]
    counts = {part: dict.fromkeys(CLASSES, 2) for part in ("train", "val", "test")}
    facts = {"dataset": "mnist", "classes": CLASSES, "counts": counts, "input_shape": [28, 28, 1]}
    (tmp_path / "reports/runs/mnist-x").mkdir(parents=True)
    (tmp_path / "reports/runs/mnist-x/run.json").write_text(json.dumps(run_json("mnist-x", **facts)))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(scoring, "load", lambda _: None)
    # a network that is as sure of every class
    monkeypatch.setattr(scoring, "predict_scores", lambda _, inputs: np.full((len(inputs), 10), 0.1))
    return SimpleNamespace(folder=tmp_path, content=content, frame=frame, half=halves["others"])


def give(folder, name, frame):
    """Puts a split and its records where the stages leave them."""
    path = folder / f"data/splits/{name}.parquet"
    path.parent.mkdir(exist_ok=True)
    frame.to_parquet(path)
    writer.write(folder / "data/raw" / name, frame, folder / "data/records" / name, (28, 28))


def choose(place, **changes):
    knobs = validate(place.content | {"tests": {"there": TEST | changes}})
    return choosing.choose(knobs, "there", RunRecord.read(place.folder / "reports/runs/mnist-x"))


def test_all_of_the_other_data_set_or_its_test_part(place):
    chosen = choose(place)
    assert sorted(chosen.examples.ids) == sorted(place.frame["id"][place.half])
    assert chosen.kept.all()
    assert chosen.left_out == {}
    test = place.frame[place.half & (place.frame["fold"] == 0)]
    assert sorted(choose(place, part="test").examples.ids) == sorted(test["id"])


def test_what_the_network_has_seen_is_left_out_and_counted(place):
    # folds 2 to 9 train, 1 validates, 0 tests: ten of train and val, and ten of the test part, stand in both
    seen = place.frame[~place.half & (place.frame["fold"] > 0)][:10]
    tested = place.frame[~place.half & (place.frame["fold"] == 0)][:10]
    give(place.folder, "others", pd.concat([place.frame[place.half], seen, tested]).sort_values("id"))
    chosen = choose(place)
    assert chosen.left_out == {"exact copies": 10}
    assert set(chosen.examples.ids[~chosen.kept]) == set(seen["id"])


def test_a_group_in_common_is_left_out_where_both_sets_are_of_one_source_and_not_where_they_are_of_two(place):
    for name, half in (("mnist", ~place.half), ("others", place.half)):
        frame = place.frame[half].copy()
        frame.loc[frame.index[:3], "group"] = "patient 1"
        frame.loc[frame.index[:3], "fold"] = 5
        give(place.folder, name, frame)
    assert choose(place).left_out == {"of a group in common": 3}
    elsewhere = {"name": "packaged", "path": "elsewhere"}
    others = place.content["datasets"]["others"]
    place.content["datasets"]["others"] = others | {"quick": others["quick"] | {"source": elsewhere}}
    assert choose(place).left_out == {}


def test_classes_take_the_network_s_names_and_those_without_one_are_left_out(place):
    raw, run = place.folder / "data/raw/others/source.json", place.folder / "reports/runs/mnist-x/run.json"
    names = ["zero", *CLASSES[1:9], "none"]
    raw.write_text(json.dumps(json.loads(raw.read_text()) | {"classes": names}))
    give(place.folder, "others", place.frame[place.half])
    counts = {part: dict.fromkeys(CLASSES[:9], 2) for part in ("train", "val", "test")}
    run.write_text(json.dumps(json.loads(run.read_text()) | {"classes": CLASSES[:9], "counts": counts}))
    chosen = choose(place, classes={"zero": "0", "none": None})
    nines = int((place.frame[place.half]["label"] == 9).sum())
    assert chosen.left_out == {"of other classes": nines}
    assert chosen.mapping == {"zero": "0"} | {name: name for name in CLASSES[1:9]} | {"none": ""}
    assert set(chosen.labels[chosen.kept]) == set(range(9))
    with refused(r"Expected a class of the network, .* received none for 'zero'"):
        choose(place)


def test_other_records_than_the_network_takes_are_refused(place):
    writer.write(
        place.folder / "data/raw/others", place.frame[place.half], place.folder / "data/records/others", (20, 20)
    )
    with refused(
        "Expected records of shape 28x28x1 in others, as the network mnist-x was trained on, received 20x20x1"
    ):
        choose(place)


def test_a_class_of_which_all_has_been_seen_is_refused(place):
    frame = place.frame[place.half]
    seen = place.frame[~place.half & (place.frame["fold"] > 0) & (place.frame["label"] == 3)]
    give(place.folder, "others", pd.concat([frame[frame["label"] != 3], seen]).sort_values("id"))
    with refused(rf"Expected examples of 3 in others that mnist-x has not seen, received none: all {len(seen)} stand"):
        choose(place)


def test_a_folder_is_what_the_report_reads_and_the_same_each_time(place):
    knobs, out = validate(place.content | {"tests": {"there": TEST}}), place.folder / "reports/tests/there"
    line, summary = validating.measure(knobs, "there", out)
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    assert validating.measure(knobs, "there", out) == (line, summary)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    assert line.startswith("mnist-x on others: accuracy 0.")
    (found,) = external_result.load(place.folder / "reports", {"mnist-x"})
    n = int(place.half.sum())
    assert (found.kind, found.dataset, found.tested_on, found.network) == ("external", "mnist", "others", "mnist-x")
    assert (found.examples["test"], len(found.predictions)) == (n, n)
    assert sum(found.counts["test"].values()) == n
    assert found.metrics["accuracy"].low < found.metrics["accuracy"].value < found.metrics["accuracy"].high
    assert external_result.load(place.folder / "reports", {"other"}) == []
    accuracy = found.metrics["accuracy"]
    interval = f"{accuracy.low:.3f} to {accuracy.high:.3f}, n = {n}"
    assert summary == {"there": {"accuracy": pytest.approx(accuracy.value, abs=1e-6), "interval": interval}}
