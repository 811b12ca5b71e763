"""`cnnbench export`: its files are loaded as users would, without cnnbench, and compared with the original."""

import importlib.util
import json
import shutil
import warnings

import keras
import numpy as np
import pytest
from finished import finish, network
from run_folders import predictions
from run_record import record

from cnnbench import cli
from cnnbench.core import files
from cnnbench.core.errors import UserError
from cnnbench.data.records import reader, schema
from cnnbench.evaluation import scoring
from cnnbench.inference import trained_run
from cnnbench.inference.export import card, exporter, formats
from cnnbench.metrics import per_class
from cnnbench.results.line import ENDS

METRICS = {"accuracy": {"value": 0.75, "low": 0.6, "high": 0.9}}
TABLES = {  # which the checklists read, too
    "layers": "layer,type,output_shape,parameters",
    "confusion": "actual,predicted,count,share",
    "per_class": ",".join(["class", "n", *(f"{name}{end}" for name in per_class.NAMES for end in ENDS)]),
}
CLASSES = [str(digit) for digit in range(10)]


@pytest.fixture
def root(tmp_path, digits, monkeypatch):
    """A repository with the runs "softmax" and "sigmoid" on records of digits, as working folder."""
    (tmp_path / "data/records").mkdir(parents=True)
    (tmp_path / "data/records/mnist").symlink_to(digits.records)
    examples = sum(shard.examples for shard in schema.read(digits.records).shards if shard.fold == 0)
    about = {"dataset": "mnist", "examples": {"train": 320, "val": 40, "test": examples}}
    softmax = finish(tmp_path, "softmax", network(10, "softmax", (28, 28, 1)), CLASSES, **about)
    sigmoid = finish(tmp_path, "sigmoid", network(1, "sigmoid", (28, 28, 1)), ["no", "yes"], threshold=0.4, **about)
    for name, about in {"softmax": softmax, "sigmoid": sigmoid}.items():
        predictions(about, 0.9).to_parquet(tmp_path / f"reports/runs/{name}/predictions.parquet", index=False)
        files.write_json(tmp_path / f"reports/runs/{name}/metrics.json", METRICS)
        for table, header in TABLES.items():
            (tmp_path / f"reports/runs/{name}/{table}.csv").write_text(f"{header}\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def images(digits):
    return reader.load(digits.records, schema.read(digits.records), [1]).inputs


def by_keras(folder, inputs):
    return keras.saving.load_model(folder / "sigmoid.keras").predict(inputs, verbose=0)


def by_weights(folder, inputs):
    model = keras.models.model_from_json((folder / "sigmoid.architecture.json").read_text())
    model.load_weights(folder / "sigmoid.weights.h5")
    return model.predict(inputs, verbose=0)


def by_saved_model(folder, inputs):
    import tensorflow as tf

    return tf.saved_model.load(str(folder / "sigmoid.savedmodel")).signatures["serving_default"](image=inputs)[
        "output_0"
    ]


def by_litert(folder, inputs):
    import tensorflow as tf

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        interpreter = tf.lite.Interpreter(str(folder / "sigmoid.tflite"))
    return interpreter.get_signature_runner()(image=inputs)["output_0"]


def by_onnx(folder, inputs):
    onnxruntime = pytest.importorskip("onnxruntime")
    session = onnxruntime.InferenceSession(folder / "sigmoid.onnx")
    return session.run(None, {"image": inputs})[0]


ONNX = pytest.param(
    "onnx",
    by_onnx,
    marks=pytest.mark.skipif(importlib.util.find_spec("tf2onnx") is None, reason="needs the extra onnx, of 100 MB"),
)


@pytest.mark.parametrize(
    ("form", "load"),
    [("keras", by_keras), ("weights", by_weights), ("savedmodel", by_saved_model), ("litert", by_litert), ONNX],
)
def test_each_format_predicts_without_cnnbench(root, images, capfd, form, load):
    assert cli.main(["export", "sigmoid", "--format", form]) == 0
    out, err = capfd.readouterr()
    *paths, last = out.splitlines()
    assert sorted(paths) == sorted(str(path.relative_to(root)) for path in (root / "exports/sigmoid").iterdir())
    assert last.startswith(
        "Compared with the original on 40 test examples: the same class for each, largest difference"
    )
    assert last.endswith("of 1e-05 allowed.")
    assert err == ""
    original = keras.saving.load_model(root / "models/sigmoid/model.keras")
    np.testing.assert_allclose(load(root / "exports/sigmoid", images), original.predict(images, verbose=0), atol=1e-5)


def test_the_card_explains_the_use(root, capsys):
    cli.main(["export", "sigmoid", "--format", "litert", "--out", "deep/down"])
    found = json.loads((root / "deep/down/sigmoid.litert.card.json").read_text())
    assert found["classes"] == ["no", "yes"]
    assert found["input"] == {"name": "image", "shape": [None, 28, 28, 1], "dtype": "uint8"}
    assert found["output"] == {
        "shape": [None, 1],
        "dtype": "float32",
        "meaning": "the probability of yes, not calibrated",
    }
    assert (found["temperature"], found["threshold"], found["decision"]) == (1.6, 0.4, "the class of the highest score")
    assert found["model_sha256"] == files.sha256(root / "models/sigmoid/model.keras")
    assert "grey" in found["preprocessing"]
    assert "28x28" in found["preprocessing"]
    assert found["compared"]["test_examples"] == 40
    assert found["files"] == ["sigmoid.tflite"]


@pytest.mark.parametrize(
    ("fit", "words"), [("pad", "ImageOps.pad("), ("crop", "ImageOps.fit("), ("stretch", "resize(")]
)
def test_the_card_says_how_images_are_brought_to_size_and_to_8_bits(fit, words):
    run = record("net", input_shape=[28, 28, 1], fit=fit, ranges={"uint16": (0.0, 4095.0)})
    said = card.describe_preprocessing(run)
    assert words in said
    assert "uint16 from 0 to 4095 to 0..255" in said


def test_a_table_has_its_unit_and_columns(tmp_path, housing):
    (tmp_path / "data/records").mkdir(parents=True)
    (tmp_path / "data/records/boston_housing").symlink_to(housing.records)
    keras.utils.set_random_seed(1)
    inputs = keras.Input((13, 1), name="features")
    model = keras.Model(inputs, keras.layers.Dense(1)(keras.layers.Flatten()(inputs)))
    count = sum(shard.examples for shard in schema.read(housing.records).shards if shard.fold == 0)
    about = {"dataset": "boston_housing", "unit": "1000 USD", "examples": {"train": 404, "val": 51, "test": count}}
    finish(tmp_path, "houses", model, [], **about)
    paths, comparison = exporter.export(trained_run.find("houses", tmp_path), tmp_path, "litert", tmp_path / "out")
    found = json.loads(paths[-1].read_text())
    assert found["output"]["meaning"] == "the value in 1000 USD"
    assert found["preprocessing"].startswith("numbers without scaling: CRIM, ZN,")
    assert "temperature" not in found
    answers = scoring.predict_scores(model, reader.load(housing.records, schema.read(housing.records), [0]).inputs)
    assert comparison.tolerance == pytest.approx(1e-5 * np.abs(answers).max())
    assert comparison.difference <= comparison.tolerance


def test_files_are_replaced_only_by_force(root, capsys):
    for form, there in {"keras": "softmax.keras", "savedmodel": "softmax.savedmodel/mine.txt"}.items():
        path = root / "exports/softmax" / there
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("mine")
        assert cli.main(["export", "softmax", "--format", form]) == 2
        assert "which is there: --force replaces it" in capsys.readouterr().err
        assert path.read_text() == "mine"
        assert cli.main(["export", "softmax", "--format", form, "--force"]) == 0
    names = sorted(path.name for path in (root / "exports/softmax").iterdir())
    assert names == [
        "README.md",
        "softmax.claim.md",
        "softmax.keras",
        "softmax.keras.card.json",
        "softmax.savedmodel",
        "softmax.savedmodel.card.json",
        "softmax.tripod.md",
    ]
    assert not (root / "exports/softmax/softmax.savedmodel/mine.txt").exists()
    assert files.sha256(root / "exports/softmax/softmax.keras") == files.sha256(root / "models/softmax/model.keras")


def test_another_readme_is_kept(root, capsys):
    assert cli.main(["export", "sigmoid", "--format", "keras", "--out", "hub"]) == 0
    card = (root / "hub/README.md").read_bytes()
    assert cli.main(["export", "sigmoid", "--format", "weights", "--out", "hub"]) == 0  # of the same run: the same card
    assert cli.main(["export", "softmax", "--format", "keras", "--out", "hub"]) == 2
    assert "hub/README.md, which is there: --force replaces it" in capsys.readouterr().err
    assert (root / "hub/README.md").read_bytes() == card
    assert not (root / "hub/softmax.keras").exists()


def test_without_figures_there_is_no_card_and_no_model(root, capsys):
    (root / "reports/runs/sigmoid/metrics.json").unlink()
    assert cli.main(["export", "sigmoid", "--format", "keras"]) == 2
    err = capsys.readouterr().err
    assert "Expected the file" in err
    assert err.count("\n") == 1
    assert not (root / "exports").exists()


@pytest.mark.parametrize("existed", [True, False])
@pytest.mark.parametrize(
    ("reload", "message"),
    [
        (lambda *_: lambda inputs: np.full((len(inputs), 10), 0.1), "to answer 40 test examples as the original does"),
        (lambda *_: lambda inputs: np.full((len(inputs), 10), np.nan), "scores that differ by up to nan"),
        (lambda *_: 1 / 0, "Expected a network that this format can hold, received ZeroDivisionError"),
    ],
)
def test_other_predictions_leave_nothing_behind(root, capsys, monkeypatch, existed, reload, message):
    if existed:
        (root / "exports/softmax").mkdir(parents=True)
        (root / "exports/softmax/mine").write_text("mine")
    spoilt = formats.FORMATS["litert"]._replace(reload=reload)
    monkeypatch.setitem(formats.FORMATS, "litert", spoilt)
    assert cli.main(["export", "softmax", "--format", "litert"]) == 2
    err = capsys.readouterr().err
    assert message in err
    assert err.count("\n") == 1
    assert [path.name for path in (root / "exports/softmax").iterdir()] == ["mine"] if existed else True
    assert (root / "exports/softmax").exists() == existed


def test_a_slight_difference_in_one_score_is_found(root, monkeypatch):
    run = trained_run.find("softmax", root)
    model = scoring.load(trained_run.model_path("softmax", root))

    def nearly(inputs):
        answers = model.predict(inputs, verbose=0)
        answers[-1, 0] += 2e-5
        return answers

    monkeypatch.setitem(formats.FORMATS, "keras", formats.FORMATS["keras"]._replace(reload=lambda *_: nearly))
    with pytest.raises(UserError, match="received 0 other classes and scores that differ by up to 2e-05, over 1e-05"):
        exporter.export(run, root, "keras", root / "exports")


def test_without_records_it_says_what_to_run(root, capsys):
    (root / "data/records/mnist").unlink()
    assert cli.main(["export", "softmax", "--format", "keras"]) == 2
    assert "received none: run `dvc repro cache@mnist` first" in capsys.readouterr().err
    assert not (root / "exports").exists()


def test_records_of_another_split_are_an_error(root, capsys):
    about = json.loads((root / "reports/runs/softmax/run.json").read_text())
    files.write_json(root / "reports/runs/softmax/run.json", about | {"examples": {"train": 1, "val": 1, "test": 7}})
    assert cli.main(["export", "softmax", "--format", "keras"]) == 2
    err = capsys.readouterr().err
    assert "Expected the 7 test examples of shape (28, 28, 1) that softmax was tested on" in err
    assert "received 40 of (28, 28, 1): run `dvc repro evaluate@softmax`" in err


def test_missing_shards_are_an_error(root, digits, capsys):
    (root / "data/records/mnist").unlink()
    (root / "data/records/mnist").mkdir()
    shutil.copy(digits.records / "records.json", root / "data/records/mnist")
    assert cli.main(["export", "softmax", "--format", "keras"]) == 2
    err = capsys.readouterr().err
    assert "received No such file or directory: run `dvc repro -f cache@mnist`" in err
    assert err.count("\n") == 1


def test_the_command_takes_each_format(root, capsys):
    for form in formats.FORMATS:
        assert cli.main(["export", "nosuch", "--format", form]) == 2
        assert "received 'nosuch'" in capsys.readouterr().err


def test_without_the_packages_of_onnx_it_says_which_extra(root, monkeypatch, capsys):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert cli.main(["export", "sigmoid", "--format", "onnx"]) == 2
    assert (
        "Expected the package onnx, for ONNX, received none: `pip install 'cnnbench[onnx]'`" in capsys.readouterr().err
    )
    assert not (root / "exports").exists()


def test_wrong_usage(capsys):
    for arguments in (["export", "softmax"], ["export", "softmax", "--format", "nosuch"]):
        with pytest.raises(SystemExit) as stop:
            cli.main(arguments)
        assert stop.value.code == 2


def test_a_place_that_cannot_be_written_is_told_before_the_model_is_read(root, monkeypatch, capsys):
    (root / "file").touch()
    monkeypatch.setattr("cnnbench.evaluation.scoring.load", pytest.fail)
    assert cli.main(["export", "sigmoid", "--format", "keras", "--out", "file/exports"]) == 2
    err = capsys.readouterr().err
    assert err.startswith("error: Expected to read or write file")
    assert err.count("\n") == 1
