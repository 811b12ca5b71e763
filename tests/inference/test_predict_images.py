"""`cnnbench.load(run).predict(...)` of images."""

import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from finished import SIDE, colourful, finish, network
from PIL import Image
from toys import encoded, film, refused

import cnnbench
from cnnbench.core.errors import UserError
from cnnbench.data import images
from cnnbench.data.records import reader, schema
from cnnbench.evaluation import scoring
from cnnbench.inference.predict import inputs
from cnnbench.metrics import calibration


def rewrite(root, **facts):
    path = root / "reports/runs/own-tiny/run.json"
    about = json.loads(path.read_text()) | facts
    path.write_text(json.dumps({key: value for key, value in about.items() if value != "gone"}))


def test_a_file_is_predicted_as_its_record(own, root):
    part = reader.load(own.records, schema.read(own.records), list(range(10)))
    predictor = cnnbench.load("own-tiny", root)
    expected = calibration.calibrate(scoring.predict_scores(predictor.model, part.inputs), 1.6)
    frame = predictor.predict(own.mine).set_index("file")
    assert len(frame) == len(part.ids) == 40
    scores = frame.loc[[str(own.mine / name) for name in part.ids], ["p_benign", "p_malign"]].to_numpy()
    np.testing.assert_allclose(scores, expected, atol=1e-6)
    assert np.ptp(scores[:, 0]) > 0.05, "a network that answers all alike would hide a difference"
    assert list(frame["predicted"]) == ["malign" if malign > 0.5 else "benign" for malign in frame["p_malign"]], (
        "the likelier one: the recipe has no sensitivity"
    )


def test_grey_networks_take_colour_and_softmax_gives_a_column_per_class(own, root):
    finish(root, "grey", network(3, "softmax", (SIDE, SIDE, 1)), ["a", "b", "c"], ranges={"uint16": [0, 65535]})
    frame = cnnbench.load("grey", root).predict([own.mine / "benign"])
    assert list(frame.columns) == ["file", "predicted", "p_a", "p_b", "p_c"]
    np.testing.assert_allclose(frame[["p_a", "p_b", "p_c"]].sum(axis=1), 1)
    assert frame["predicted"].tolist() == ["abc"[i] for i in frame[["p_a", "p_b", "p_c"]].to_numpy().argmax(axis=1)]


def test_a_recipe_with_a_sensitivity_follows_its_threshold_before_calibration(own, root):
    plain = cnnbench.load("own-tiny", root).predict(own.mine)
    model = cnnbench.load("own-tiny", root).model
    pixels = np.stack([one.read().pixels for one in inputs.find(cnnbench.load("own-tiny", root).run, [own.mine])])
    scores = scoring.predict_scores(model, pixels)[:, 1]
    at = float(np.quantile(scores, 0.8))
    rewrite(root, threshold=at, recipe={"epochs": 1, "sensitivity": 0.95})
    moved = cnnbench.load("own-tiny", root).predict(own.mine)
    assert moved["predicted"].tolist() == ["malign" if score >= at else "benign" for score in scores]
    assert moved["predicted"].tolist() != plain["predicted"].tolist()
    pd.testing.assert_frame_equal(moved.drop(columns="predicted"), plain.drop(columns="predicted"))


def test_folders_are_searched_sorted_and_each_image_counts_once(root, tmp_path):
    here = tmp_path / "here"
    for name in ("b/2.PNG", "b/10.png", "a.jpg", ".hidden/3.png", "__MACOSX/4.png"):
        (here / name).parent.mkdir(parents=True, exist_ok=True)
        (here / name).write_bytes(film(len(name)))
    (here / "labels.csv").write_text("file,label\n")
    (here / "b" / "circle").symlink_to(here)
    (here / "odd").write_bytes(film(9))
    with pytest.warns(
        UserWarning, match=r"labels\.csv: Expected an image, received a file of another kind: \.csv text"
    ):
        frame = cnnbench.load("own-tiny", root).predict([here, here / "a.jpg", here / "odd"])
    names = ["a.jpg", "b/10.png", "b/2.PNG", "odd"]
    assert frame["file"].tolist() == [str(here / name) for name in names]


def test_an_unreadable_image_is_empty_and_a_warning(root, tmp_path):
    good, bad = tmp_path / "1.png", tmp_path / "2.png"
    good.write_bytes(encoded(colourful(1)))
    bad.write_bytes(encoded(colourful(2))[:60])
    with pytest.warns(UserWarning, match=r"2\.png: Expected an image file, received 60 bytes that cannot be read"):
        frame = cnnbench.load("own-tiny", root).predict([good, bad])
    assert frame["predicted"].notna().tolist() == [True, False]
    assert frame["p_malign"].notna().tolist() == [True, False]


def test_a_file_too_large_for_an_image_is_not_read(root, tmp_path):
    (tmp_path / "new").mkdir()
    with (tmp_path / "new/1.png").open("wb") as file:
        file.truncate(2**40)
    with pytest.warns(UserWarning, match=r"1\.png: Expected an image file of at most 268,435,456 bytes, received 1,0"):
        frame = cnnbench.load("own-tiny", root).predict([tmp_path / "new"])
    assert frame["predicted"].isna().all()


def test_batches_hold_a_part_at_a_time(own, root, monkeypatch):
    whole = cnnbench.load("own-tiny", root).predict(own.mine)
    monkeypatch.setattr(inputs, "BATCH", 7)
    predictor = cnnbench.load("own-tiny", root)
    parts = [batch.frame for batch in predictor.batches(inputs.find(predictor.run, [own.mine]))]
    assert [len(part) for part in parts] == [7] * 5 + [5]
    pd.testing.assert_frame_equal(pd.concat(parts, ignore_index=True), whole, atol=1e-6)


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("absent", "Expected an image or a folder of images at .*absent, received nothing there"),
        ("empty", r"Expected images in .*empty, received none"),
    ],
)
def test_nothing_to_predict(root, tmp_path, path, message):
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match=message):
        cnnbench.load("own-tiny", root).predict(tmp_path / path)


def test_missing_runs_and_models(root, tmp_path):
    with pytest.raises(UserError, match=r"received 'own-tyni' \(did you mean own-tiny\?\)"):
        cnnbench.load("own-tyni", root)
    with pytest.raises(UserError, match=r"Expected a run among .*mnist-mnist_cnn, own-tiny.*, received 'nosuch'"):
        cnnbench.load("nosuch", root)
    with pytest.raises(UserError, match="run `dvc repro evaluate@mnist-mnist_cnn`"):
        cnnbench.load("mnist-mnist_cnn", root)
    with pytest.raises(UserError, match=r"Expected the root of a cnnbench repository, received .*elsewhere"):
        cnnbench.load("own-tiny", tmp_path / "elsewhere")
    (root / "models/own-tiny/model.keras").write_bytes(b"PK")
    with pytest.raises(UserError, match=r"Expected a model that Keras can load at .*own-tiny.*dvc checkout"):
        cnnbench.load("own-tiny", root)
    (root / "models/own-tiny/model.keras").unlink()
    with pytest.raises(UserError, match="received none: run `dvc repro train@own-tiny`"):
        cnnbench.load("own-tiny", root)


@pytest.mark.parametrize("value", ["gone", None, 0, "1"])
def test_a_run_without_temperature_says_what_to_run(root, value):
    rewrite(root, temperature=value)
    with pytest.raises(UserError, match=r"Expected a? ?temperature .*run\.json.*: run `dvc repro evaluate@own-tiny`"):
        cnnbench.load("own-tiny", root)


@pytest.mark.parametrize("facts", [{"classes": "gone"}, {"input_shape": "16x16"}, {"recipe": None}])
def test_a_damaged_run_json_says_what_to_run(root, facts):
    rewrite(root, **facts)
    with pytest.raises(UserError, match=f"Expected .*{next(iter(facts))} .*run `dvc repro evaluate@own-tiny`"):
        cnnbench.load("own-tiny", root)


def test_importing_the_package_is_cheap():
    script = "import sys, cnnbench; print(sorted({'numpy', 'pandas', 'keras', 'tensorflow'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_images_of_the_networks_own_size_pass_untouched(root, tmp_path):
    pixels = np.asarray(colourful(5).resize((SIDE, SIDE)))
    Image.fromarray(pixels).save(tmp_path / "same.png")
    (one,) = inputs.find(cnnbench.load("own-tiny", root).run, [tmp_path / "same.png"])
    np.testing.assert_array_equal(one.read().pixels, pixels)


@pytest.mark.parametrize("fit", ["stretch", "pad", "crop"])
def test_shape_fit_and_ranges_are_those_of_the_run(root, tmp_path, fit):
    values = (np.asarray(colourful(5).convert("L")).astype(np.uint16)) * 16
    Image.fromarray(values).save(tmp_path / "deep.png")
    wide = network(1, "sigmoid", (12, 20, 3))
    finish(root, "wide", wide, ["a", "b"], fit=fit, ranges={"uint16": [0, 4080]}, threshold=0.5)
    (one,) = inputs.find(cnnbench.load("wide", root).run, [tmp_path / "deep.png"])
    shallow = np.repeat((values // 16).astype(np.uint8)[:, :, None], 3, axis=2)
    np.testing.assert_array_equal(one.read().pixels, images.resize(shallow, (12, 20), fit))


def test_a_deep_image_is_not_guessed_by_a_network_of_shallow_ones(root, tmp_path):
    finish(root, "shallow", network(1, "sigmoid"), ["a", "b"], ranges={}, threshold=0.5)
    Image.fromarray(np.full((20, 20), 4000, np.uint16)).save(tmp_path / "deep.png")
    with pytest.warns(UserWarning, match=r"deep\.png: Expected pixels of 8 bits, as .*, received uint16"):
        frame = cnnbench.load("shallow", root).predict(tmp_path / "deep.png")
    assert frame["predicted"].isna().all()


def test_a_folder_without_images_says_what_it_has_in_one_sentence(root, tmp_path):
    (tmp_path / "new").mkdir()
    (tmp_path / "new/notes.txt").write_text("mine")
    with refused(r"received 1 other files or folders, such as .*notes.txt, a file of another kind: .txt text\.$"):
        cnnbench.load("own-tiny", root).predict(tmp_path / "new")


def test_an_image_of_other_values_than_the_data_set_is_told(root, tmp_path):
    """16 bits where the network has seen 12 become nearly all white, and 8 bits nearly black."""
    finish(root, "deep", network(1, "sigmoid"), ["a", "b"], ranges={"uint16": [0, 4095]}, threshold=0.5)
    (tmp_path / "new").mkdir()
    ramp = np.linspace(0, 1, 400).reshape(20, 20)
    for name, high in (("same", 4095), ("wide", 65535), ("narrow", 120)):
        Image.fromarray((ramp * high).astype(np.uint16)).save(tmp_path / f"new/{name}.png")
    expected = r"(narrow\.png: values from 0 to 119|wide\.png: values from \d+ to \d+), of which hardly any grey level"
    with pytest.warns(UserWarning, match=expected):
        frame = cnnbench.load("deep", root).predict(tmp_path / "new")
    assert frame["predicted"].notna().all()
    found = inputs.find(cnnbench.load("deep", root).run, [tmp_path / "new"])
    assert [len(one.read().warnings) for one in found] == [1, 0, 1]  # narrow, same, wide


def test_a_damaged_file_is_predicted_with_a_warning(root, tmp_path):
    data = bytearray(encoded(colourful(1).resize((300, 300)), "JPEG"))
    data[len(data) // 2 : len(data) // 2 + 100] = bytes(100)
    (tmp_path / "1.jpg").write_bytes(data)
    with pytest.warns(UserWarning, match=r"1\.jpg: damaged JPEG data"):
        frame = cnnbench.load("own-tiny", root).predict(tmp_path / "1.jpg")
    assert frame["predicted"].notna().all()
