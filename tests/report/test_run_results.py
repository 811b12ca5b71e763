import json
import math

import pytest

from cnnbench.core.errors import UserError
from cnnbench.report import run_results


def test_loads_every_run_sorted(runs):
    found = run_results.load(runs)
    assert [run.run for run in found] == ["boston_housing-conv1d", "chest_xray-chest_cnn", "mnist-mnist_cnn"]
    houses, chest, digits = found
    assert houses.metrics["rmse"] == (3.8, 2.9, 5.1)
    assert houses.headline == "rmse"
    assert houses.confusion == houses.roc == ()
    assert set(houses.pictures) == {"learning_curves", "true_vs_predicted", "residuals"}
    assert chest.commonest_share == 0.5
    assert chest.classes == ("normal", "pneumonia")
    assert math.isnan(digits.metrics["roc_auc"].value)
    assert chest.pictures["roc"][1:3] == (4, 3)
    assert chest.pictures["roc"].vector == runs / "chest_xray-chest_cnn" / "roc.svg"
    assert chest.pictures["samples"].vector is None
    assert chest.layers[0]["output_shape"] == "26x26x32"
    assert chest.mistakes[0]["score_predicted"] == "0.99"
    assert chest.temperature == 1.25


def test_older_results_lack_files(runs, older):
    older(runs)
    chest = run_results.load(runs)[1]
    assert chest.layers == chest.mistakes == chest.per_class == ()
    assert chest.temperature is None
    assert set(chest.pictures) == {"learning_curves", "confusion", "roc", "samples"}
    assert chest.pictures["roc"].vector is None


def test_loads_only_the_runs_that_are_wanted(runs):
    assert [run.run for run in run_results.load(runs, ["mnist-mnist_cnn"])] == ["mnist-mnist_cnn"]
    with pytest.raises(UserError, match=r"Expected a folder per run under .*, received none"):
        run_results.load(runs, ["absent-run"])


def test_a_run_that_is_wanted_and_not_there_is_left_out(runs):
    assert [run.run for run in run_results.load(runs, ["absent-run", "mnist-mnist_cnn"])] == ["mnist-mnist_cnn"]


def test_no_run_is_an_error(tmp_path):
    with pytest.raises(UserError, match=r"Expected a folder per run under .*, received none"):
        run_results.load(tmp_path)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("run.json", "{", "Expected JSON in"),
        ("run.json", "[]", "Expected a JSON object in .*, received a list"),
        ("run.json", "{}", "Expected run to be a str in .*, received None"),
        ("metrics.json", "{}", "Expected the metric accuracy in"),
        ("metrics.json", '{"accuracy": 0.9}', "Expected value, low and high of each metric in"),
        ("metrics.json", '{"accuracy": {"value": "x", "low": 0, "high": 1}}', "received 'x'"),
        ("history.csv", "epoch,loss\n1,0.5\n", "val_loss not found"),
        ("history.csv", "epoch,loss,val_loss\n1,high,0.5\n", "received line 2"),
        ("confusion.csv", "actual,predicted,count,share\na,b\n", "received line 2"),
        ("confusion.csv", "actual,predicted,count,share\na,b,,0.5\n", "received line 2"),
        ("roc.csv", None, "Expected the file .*roc.csv, received none"),
        ("roc.png", b"GIF89a", "Expected a PNG picture in"),
        ("per_class.csv", "class,n\nnormal,3\n", "precision, precision_low.* not found|precision, recall.* not found"),
        ("layers.csv", "layer,type\nconv2d,Conv2D\n", "output_shape, parameters not found"),
        ("layers.csv", "layer,type,output_shape,parameters\na,b,3x3,many\n", "received line 2"),
        ("mistakes.csv", "id,actual,predicted,score_actual,score_predicted\na,b,c,0.1,x\n", "received line 2"),
        ("grad_cam.png", b"GIF89a", "Expected a PNG picture in"),
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
        run_results.load(runs)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"run": "other"}, "Expected the run chest_xray-chest_cnn in .*, received other"),
        ({"examples": {"train": 3}}, "val, test not found"),
        ({"counts": {"train": {"cat": 1}}}, "Expected counts per part and class"),
        ({"synthetic": "yes"}, "Expected synthetic to be a bool"),
        ({"temperature": "hot"}, "Expected temperature to be a number in .*, received 'hot'"),
        ({"flops": "many"}, "Expected flops to be an int in .*, received 'many'"),
    ],
)
def test_run_json_is_checked(runs, change, message):
    path = runs / "chest_xray-chest_cnn" / "run.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(UserError, match=message):
        run_results.load(runs)


def test_a_table_of_features_needs_no_samples(runs):
    path = runs / "chest_xray-chest_cnn" / "run.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"input_shape": [13, 1]}))
    (path.parent / "samples.png").unlink()
    assert "samples" not in run_results.load(runs)[1].pictures


def test_a_loss_may_be_undefined(runs):
    (runs / "mnist-mnist_cnn" / "history.csv").write_text("epoch,loss,val_loss\n1,,\n")
    assert run_results.load(runs)[2].history == ({"epoch": "1", "loss": "", "val_loss": ""},)
