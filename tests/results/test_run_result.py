import json
import math
from functools import cached_property

import pytest

from cnnbench.core.errors import UserError
from cnnbench.results import run_result


def test_loads_every_run_sorted(runs):
    found = run_result.load(runs)
    assert [run.run for run in found] == ["boston_housing-conv1d", "chest_xray-chest_cnn", "mnist-mnist_cnn"]
    houses, chest, digits = found
    assert houses.metrics["rmse"] == (3.8, 2.9, 5.1)
    assert houses.headline == "rmse"
    assert houses.confusion == houses.roc == ()
    assert set(houses.pictures) == {"learning_curves", "true_vs_predicted", "residuals"}
    assert chest.commonest_share == 0.5
    assert chest.classes == ("normal", "pneumonia")
    assert math.isnan(digits.metrics["roc_auc"].value)
    assert chest.pictures["roc"][1:3] == (61, 46)  # of 40 points by 30, at 110 pixels an inch
    assert chest.pictures["roc"].path == runs / "chest_xray-chest_cnn" / "roc.svg"
    assert chest.pictures["samples"][1:] == (4, 3)
    assert chest.layers[0]["output_shape"] == "26x26x32"
    assert chest.mistakes[0]["score_predicted"] == "0.99"
    assert chest.temperature == 1.25


def test_loads_the_runs_that_are_wanted_and_there(runs):
    assert [run.run for run in run_result.load(runs, ["absent-run", "mnist-mnist_cnn"])] == ["mnist-mnist_cnn"]


@pytest.mark.parametrize("folder", ["reports/runs", "empty"])
def test_no_run_is_an_error(runs, tmp_path, folder):
    with pytest.raises(UserError, match=r"Expected a folder per run under .*, received none"):
        run_result.load(tmp_path / folder, ["absent-run"] if folder == "reports/runs" else None)


def read_all(runs):
    """Reads every file of every run."""
    for result in run_result.load(runs):
        for name, value in (vars(run_result.Tested) | vars(run_result.RunResult)).items():
            if isinstance(value, cached_property):
                getattr(result, name)


def test_a_file_is_read_when_it_is_asked_for(runs):
    for path in (runs / "chest_xray-chest_cnn").iterdir():
        if path.name not in ("run.json", "layers.csv"):
            path.unlink()
    chest = run_result.load(runs)[1]
    assert len(chest.layers) == 2
    with pytest.raises(UserError, match=r"Expected the file .*metrics\.json, received none"):
        _ = chest.metrics


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("run.json", "{", "Expected valid JSON in .*, received: EOF"),
        ("run.json", "[]", r"Expected the content in .* to be an object, received \[\]"),
        ("run.json", "{}", "Expected a key run in .*, received none .*: run `dvc repro evaluate@chest_xray-chest_cnn`"),
        ("metrics.json", "{}", "Expected the metric accuracy in"),
        ("metrics.json", '{"accuracy": 0.9}', r"Expected accuracy in .*metrics.json to be an object, received 0.9"),
        ("metrics.json", '{"accuracy": {"value": "x", "low": 0, "high": 1}}', "received 'x'"),
        ("history.csv", "epoch,loss\n1,0.5\n", "val_loss not found"),
        ("history.csv", "epoch,loss,val_loss\n1,high,0.5\n", "received line 2"),
        ("confusion.csv", "actual,predicted,count,share\na,b\n", "received line 2"),
        ("confusion.csv", "actual,predicted,count,share\na,b,,0.5\n", "received line 2"),
        ("roc.csv", "class,fpr,tpr\nx,0,0\n", "tpr_low, tpr_high not found"),
        ("roc.csv", None, "Expected the file .*roc.csv, received none"),
        ("roc.svg", b"GIF89a", "Expected a SVG picture in"),
        ("per_class.csv", "class,n\nnormal,3\n", "precision, precision_low.* not found"),
        ("per_class.csv", None, "Expected the file .*per_class.csv, received none"),
        ("layers.csv", None, "Expected the file .*layers.csv, received none"),
        ("predictions.parquet", "PAR1", "Expected the columns id, group, label, score_0, score_1 in"),
        ("layers.csv", "layer,type\nconv2d,Conv2D\n", "output_shape, parameters not found"),
        ("layers.csv", "layer,type,output_shape,parameters\na,b,3x3,many\n", "received line 2"),
        ("mistakes.csv", "id,actual,predicted,score_actual,score_predicted\na,b,c,0.1,x\n", "received line 2"),
        ("grad_cam.png", b"GIF89a", "Expected a PNG picture in"),
        ("reliability.svg", None, "Expected the picture .*reliability.svg, received none"),
        ("samples.png", None, "Expected the picture .*samples.png, received none"),
    ],
)
def test_a_damaged_file_is_named(runs, name, content, message):
    path = runs / "chest_xray-chest_cnn" / name
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(UserError, match=message) as error:
        read_all(runs)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"run": "other"}, "Expected the run chest_xray-chest_cnn in .*, received other"),
        ({"examples": {"train": 3}}, r"Expected examples of train, val, test, received \{'train': 3\} in"),
        ({"counts": {"train": {"cat": 1}}}, "Expected counts per part and class"),
        ({"counts": {}}, r"Expected counts per part and class, received \{\}"),
        ({"synthetic": "yes"}, "Expected synthetic in .* to be a boolean, received 'yes'"),
        ({"temperature": "hot"}, "Expected temperature in .* to be a number, received 'hot'"),
        ({"temperature": 0}, "Expected temperature in .* to be greater than 0, received 0"),
        ({"temperature": None}, "Expected a temperature above 0, received none in"),
        ({"seed": "0"}, "Expected seed in .* to be an integer, received '0': run `dvc repro evaluate@chest_xray-"),
        ({"flops": "many"}, "Expected flops in .* to be an integer, received 'many'"),
        ({"recipe": {"epochs": 1, "impulse": 0.9}}, "Expected only known keys in .*, received recipe.impulse"),
    ],
)
def test_run_json_is_checked(runs, change, message):
    path = runs / "chest_xray-chest_cnn" / "run.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(UserError, match=message):
        run_result.load(runs)


def test_a_table_of_features_needs_no_samples(runs):
    path = runs / "chest_xray-chest_cnn" / "run.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"input_shape": [13, 1]}))
    (path.parent / "samples.png").unlink()
    assert "samples" not in run_result.load(runs)[1].pictures


def test_a_loss_may_be_undefined(runs):
    (runs / "mnist-mnist_cnn" / "history.csv").write_text("epoch,loss,val_loss\n1,,\n")
    assert run_result.load(runs)[2].history == ({"epoch": "1", "loss": "", "val_loss": ""},)
    (runs / "mnist-mnist_cnn" / "history.csv").write_text("epoch,phase,loss,val_loss\n1,head,0.5,0.4\n2,all,0.3,0.2\n")
    assert [row["phase"] for row in run_result.load(runs)[2].history] == ["head", "all"]
