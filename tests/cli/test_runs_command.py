"""`cnnbench runs`: states and the grid; repeats are in test_cli.py."""

import re
from pathlib import Path

import pytest

from cnnbench import cli
from cnnbench.planning import devices, states

PARAMS = Path(__file__).parents[2] / "params.yaml"
RUN = "mnist-mnist_cnn"


@pytest.fixture
def copy(tmp_path):
    """The shipped params.yaml, to be changed."""
    path = tmp_path / "params.yaml"
    path.write_bytes(PARAMS.read_bytes())
    return path


def asked(copy, *arguments):
    return cli.main(["runs", *arguments, "--params", str(copy)])


def test_states_stand_in_the_table_and_are_counted(copy, capsys, monkeypatch):
    def of(root, runs):
        assert root == copy.parent
        assert runs[RUN] == "mnist"
        return {name: "changed" if name == RUN else "done" for name in runs}

    monkeypatch.setattr(states, "find_states", of)
    monkeypatch.setattr(devices, "_is_gpu_visible", lambda dev: False)
    assert asked(copy) == 0
    out = capsys.readouterr().out
    rows = {line.split()[0]: line.split() for line in out.splitlines() if line.strip()}
    assert rows[RUN] == [RUN, "changed", "packaged,", "all", "28", "grouped", "adadelta", "1", "128", "10", "0", "0"]
    assert rows["boston_housing-conv1d"][1] == "done"
    assert "9 runs: 8 done, 1 changed." in out
    assert "Device: cpu: there is no NVIDIA GPU to be seen here." in out
    assert max(map(len, out.splitlines())) <= 120


def test_without_a_pipeline_there_is_no_column_of_states(copy, capsys):
    assert asked(copy, RUN) == 0
    out = capsys.readouterr().out
    assert "state" not in out
    assert "1 run." in out


def test_the_device_of_params_is_said(copy, capsys):
    copy.write_text(copy.read_text().replace("device: auto", "device: gpu"))
    assert asked(copy, RUN) == 0
    assert "Device: gpu, as params.yaml says." in capsys.readouterr().out


def test_folds_that_a_small_data_set_lacks_are_said_in_the_full_profile(copy, capsys):
    said = "9 folds of small data sets are not tested; `cnnbench runs --write` adds a run for each."
    assert asked(copy) == 0
    assert "folds of small" not in capsys.readouterr().out
    copy.write_text(copy.read_text().replace("profile: quick  ", "profile: full  "))
    assert asked(copy) == 0
    assert said in capsys.readouterr().out
    assert asked(copy, "--write") == 0
    capsys.readouterr()
    assert asked(copy) == 0
    assert "folds of small" not in capsys.readouterr().out


def test_a_published_figure_of_no_metric_is_refused(copy, capsys):
    copy.write_text(copy.read_text().replace("metric: accuracy", "metric: acuracy", 1))
    assert asked(copy) == 1
    message = "Expected runs.patch_camelyon-pcam_cnn.published.metric among accuracy, .*, received 'acuracy'"
    assert re.fullmatch(rf"error: {message} \(did you mean accuracy\?\)\.\n", capsys.readouterr().err)


def test_a_grid_is_listed_and_added_only_when_told_to(copy, capsys):
    grid = ["--datasets", "mnist", "boston_housing", "--networks", "vgg16"]
    assert asked(copy, *grid) == 0
    out = capsys.readouterr().out
    assert re.search(r"mnist-vgg16 +brain_tumor-vgg16 +adam 0\.0001 +32 +20 +sparse_categorical_crossentropy", out)
    said = " ".join(out.split())
    assert "boston_housing-vgg16 is left out: Expected an image of shape" in said
    assert "1 run to add to" in said
    assert copy.read_bytes() == PARAMS.read_bytes()
    assert asked(copy, *grid, "--write") == 0
    assert "1 run added to" in capsys.readouterr().out
    assert asked(copy, *grid, "--write") == 0
    assert "Nothing to add" in capsys.readouterr().out
    assert asked(copy, "mnist-vgg16") == 0
    assert "mnist-vgg16" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--datasets", "mnist", "--networks", "conv1d"], "mnist-conv1d: Expected rows of shape"),
        (["--datasets", "nosuch"], "Expected a data set among .*, received 'nosuch'"),
        (["--networks", "nosuch"], "Expected an architecture among .*, received 'nosuch'"),
        (["--networks", "vgg61"], r"Expected an architecture among .*, received 'vgg61' \(did you mean vgg16\?\)"),
        (["--datasets", "chest"], r"Expected a data set among .*, received 'chest' \(did you mean chest_xray\?\)"),
        ([RUN, "--datasets", "mnist"], "Expected --datasets and --networks alone, received runs"),
        (["--networks", "vgg16", "--seeds", "1"], "Expected --datasets and --networks alone, received runs"),
    ],
)
def test_a_grid_that_cannot_be_is_one_line(copy, capsys, arguments, message):
    assert asked(copy, *arguments, "--write") == 1
    out, err = capsys.readouterr()
    assert re.fullmatch(f"error: {message}.*\n", err)
    assert out == ""
    assert copy.read_bytes() == PARAMS.read_bytes()
