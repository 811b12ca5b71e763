"""Baselines of real records: the folder that the report reads, by the networks' metrics, without TensorFlow."""

import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from report_folder import PARAMS
from toys import refused

from cnnbench import config
from cnnbench.baselines import measuring, pixels, probing
from cnnbench.config import Features
from cnnbench.core import files
from cnnbench.data.records import reader
from cnnbench.data.records.reader import Examples
from cnnbench.features import feature_files
from cnnbench.metrics import lookup
from cnnbench.results import baseline_result
from cnnbench.weights import weight_files


@pytest.fixture(params=["digits", "housing"])
def made(request, tmp_path, monkeypatch):
    """A data set where the stages leave it."""
    found = request.getfixturevalue(request.param)
    name = found.contents.dataset
    for folder, source in (("raw", found.raw), ("records", found.records)):
        (tmp_path / "data" / folder).mkdir(parents=True)
        (tmp_path / "data" / folder / name).symlink_to(source)
    (tmp_path / "data/splits").mkdir()
    found.split.to_parquet(tmp_path / f"data/splits/{name}.parquet")
    monkeypatch.chdir(tmp_path)
    return SimpleNamespace(name=name, contents=found.contents, records=found.records, out=tmp_path / "reports")


def test_a_folder_each_is_what_the_report_reads_and_the_same_each_time(made):
    knobs, out = config.load(PARAMS), made.out / "baselines" / made.name
    lines = measuring.write_pixel_baselines(knobs, made.name, out)
    before = {path: path.read_bytes() for path in sorted(out.rglob("*")) if path.is_file()}
    assert measuring.write_pixel_baselines(knobs, made.name, out) == lines
    assert {path: path.read_bytes() for path in sorted(out.rglob("*")) if path.is_file()} == before
    found = baseline_result.load(made.out)
    names = ["logistic regression", "majority"] if made.contents.classes else ["mean", "ridge regression"]
    assert [one.run for one in found] == [f"{made.name} {name}" for name in names]
    for one in found:
        assert set(one.metrics) == {row.name for row in lookup.rows(len(one.classes), ["temperature", "twins"])}
        assert len(one.predictions) == one.examples["test"]
        assert (one.seed, one.flops, one.weights, one.kind) == (None, None, "none", "baseline")
    constant, linear = sorted(found, key=lambda one: one.method in ("logistic regression", "ridge regression"))
    better = linear.metrics[linear.headline].value, constant.metrics[linear.headline].value
    assert (better[0] > better[1]) == bool(made.contents.classes), "a linear model tells more than a constant"
    assert baseline_result.load(made.out, {"other"}) == []


def test_images_are_shrunk_by_the_mean_of_what_a_pixel_covers(digits):
    assert pixels.shrunk_shape((96, 48, 3)) == (32, 16, 3)
    assert pixels.shrunk_shape((28, 28, 1)) == (28, 28, 1)
    assert pixels.shrunk_shape((13, 1)) == (13, 1)
    examples, whole = Examples(digits.records, digits.contents, [0]), reader.load(digits.records, digits.contents, [0])
    assert (pixels.matrix(examples, (28, 28, 1)) == whole.inputs.reshape(len(examples), -1)).all()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pixels, "SIDE", 14)
        halved = pixels.matrix(examples, (28, 28, 1), np.array([3, 1]))
    means = whole.inputs[[3, 1]].reshape(2, 14, 2, 14, 2).mean(axis=(2, 4))
    assert halved.reshape(2, 14, 14) == pytest.approx(means, abs=1e-3)


def test_of_a_large_data_set_a_sample_is_fitted_and_said(made, monkeypatch):
    monkeypatch.setattr(measuring, "MOST", 50)
    measuring.write_pixel_baselines(config.load(PARAMS), made.name, made.out / "baselines" / made.name)
    assert {one.fitted for one in baseline_result.load(made.out)} == {50}


def write_features(made, values):
    """Features as their stage leaves them, of the records in their order."""
    folder, at, shards = made.out.parent / "data/weights/made-up", 0, []
    folder.mkdir(parents=True)
    for shard in made.contents.shards:
        path = (folder / shard.file).with_suffix(".npy")
        np.save(path, values[at : at + shard.examples])
        at += shard.examples
        shards.append(feature_files.Shard(file=path.name, records_sha256=shard.sha256, sha256=files.sha256(path)))
    known = feature_files.Features(
        dataset=made.name, layer="top", shape=values.shape[1:], dtype="float32", records_sha256="", shards=shards
    )
    files.write_json(folder / feature_files.FILE, known.model_dump())
    texts = dict.fromkeys(("name", "architecture", "source", "origin", "licence", "citation", "sha256"), "x")
    weight_files.write(
        folder, {"a/0": np.ones(3, np.float32)}, weight_files.Origin(**texts, trained_on="ImageNet-1k", parameters=3)
    )
    return folder


@pytest.fixture
def knobs(made):
    features = Features(dataset=made.name, weights="w", architecture="net")
    return config.load(PARAMS).model_copy(update={"features": {"made-up": features}})


@pytest.mark.parametrize("shape", [(4,), (2, 2, 4)])
def test_probes_are_of_the_features_pooled_and_say_what_they_were_trained_on(made, knobs, shape):
    part = reader.load(made.records, made.contents, list(range(10)))
    values = np.random.default_rng(0).normal(size=(len(part.ids), *shape)) + part.labels.reshape(-1, *[1] * len(shape))
    write_features(made, values.astype(np.float32))
    lines = probing.write_probes(knobs, "made-up", made.out / "probes/made-up")
    assert len(lines) == 2
    found = {one.method: one for one in baseline_result.load(made.out)}
    assert set(found) == {"linear probe", "k-NN"}
    probe = found["linear probe"]
    assert probe.start.trained_on == "ImageNet-1k"
    assert probe.weights == "made-up"
    assert probe.features == "4 features of w, layer all"
    assert probe.metrics[probe.headline].value > (0.3 if made.contents.classes else 0)
    assert found["k-NN"].parameters is None


def test_features_of_other_records_are_refused(made, knobs):
    folder = write_features(made, np.zeros((made.contents.examples, 4), np.float32))
    known = files.read_json(folder / feature_files.FILE)
    for shard in known["shards"]:
        shard["records_sha256"] = "other"
    files.write_json(folder / feature_files.FILE, known)
    with refused("Expected features of the records of"):
        probing.write_probes(knobs, "made-up", made.out / "probes/made-up")
    assert not list(made.out.rglob("*.json"))


def test_a_split_of_other_examples_is_refused(made):
    path = made.out.parent / f"data/splits/{made.name}.parquet"
    frame = pd.read_parquet(path)
    frame.assign(id=frame["id"] + "x").to_parquet(path)
    with refused("Expected the split of the test examples"):
        measuring.write_pixel_baselines(config.load(PARAMS), made.name, made.out / "baselines" / made.name)


@pytest.mark.parametrize("module", ["measuring", "probing"])
def test_no_tensorflow_is_imported(module):
    code = (
        f"import sys; import cnnbench.baselines.{module}; sys.exit(bool({{'tensorflow', 'keras'}} & {{*sys.modules}}))"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
