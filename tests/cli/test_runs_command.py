"""`cnnbench runs`."""

import re

import pytest
from report_folder import PARAMS, RUN
from ruamel.yaml import YAML

from cnnbench import cli, config
from cnnbench.planning import devices, states


def run(copy, *arguments):
    return cli.main(["runs", *arguments, "--params", str(copy)])


def test_states_stand_in_the_table_and_are_counted(copy, capsys, monkeypatch):
    def fake(root, runs):
        assert root == copy.parent
        assert runs[RUN] == "mnist"
        return {name: "changed" if name == RUN else "done" for name in runs}

    monkeypatch.setattr(states, "find_states", fake)
    monkeypatch.setattr(devices, "_is_gpu_visible", lambda dev: False)
    assert run(copy) == 0
    out = capsys.readouterr().out
    rows = {line.split()[0]: line.split() for line in out.splitlines() if line.strip()}
    assert set(YAML(typ="safe").load(PARAMS)["runs"]) <= set(rows)
    assert rows[RUN] == [RUN, "changed", "packaged,", "all", "28", "grouped", "adadelta", "1", "128", "10", "0", "0"]
    assert rows["boston_housing-conv1d"][1] == "done"
    assert "11 runs: 10 done, 1 changed." in out
    assert "Device: cpu: there is no NVIDIA GPU to be seen here." in out
    assert max(map(len, out.splitlines())) <= 120


def test_without_a_pipeline_there_is_no_column_of_states(copy, capsys):
    assert run(copy, RUN) == 0
    out = capsys.readouterr().out
    assert RUN in out
    assert "boston" not in out
    assert "state" not in out
    assert "1 run." in out


def test_the_device_of_params_is_printed(copy, capsys):
    copy.write_text(copy.read_text().replace("device: auto", "device: gpu"))
    assert run(copy, RUN) == 0
    assert "Device: gpu, as params.yaml says." in capsys.readouterr().out


def test_missing_folds_of_small_data_sets_are_counted_in_the_full_profile(copy, capsys):
    text = "9 folds of small data sets are not tested; `cnnbench runs --write` adds a run for each."
    assert run(copy) == 0
    assert "folds of small" not in capsys.readouterr().out
    copy.write_text(copy.read_text().replace("profile: quick  ", "profile: full  "))
    assert run(copy) == 0
    assert text in capsys.readouterr().out
    assert run(copy, "--write") == 0
    capsys.readouterr()
    assert run(copy) == 0
    assert "folds of small" not in capsys.readouterr().out


def test_a_grid_is_listed_and_added_only_with_write(copy, capsys):
    grid = ["--datasets", "mnist", "boston_housing", "--networks", "vgg16"]
    assert run(copy, *grid) == 0
    out = capsys.readouterr().out
    assert re.search(r"mnist-vgg16 +brain_tumor-vgg16 +adam 0\.0001 +32 +20 +sparse_categorical_crossentropy", out)
    text = " ".join(out.split())
    assert "boston_housing-vgg16 is left out: Expected an image of shape" in text
    assert "1 run to add to" in text
    assert copy.read_bytes() == PARAMS.read_bytes()
    assert run(copy, *grid, "--write") == 0
    assert "1 run added to" in capsys.readouterr().out
    assert run(copy, *grid, "--write") == 0
    assert "Nothing to add" in capsys.readouterr().out
    assert run(copy, "mnist-vgg16") == 0
    assert "mnist-vgg16" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--datasets", "mnist", "--networks", "conv1d"], "mnist-conv1d: Expected rows of shape"),
        (["--datasets", "nosuch"], "Expected a data set among .*, received 'nosuch'"),
        (["--networks", "nosuch"], "Expected an architecture among .*, received 'nosuch'"),
        (["--networks", "vgg61"], r"Expected an architecture among .*, received 'vgg61' \(did you mean vgg16\?\)"),
        (["--datasets", "chest"], r"Expected a data set among .*, received 'chest' \(did you mean chest_xray\?\)"),
        (["nosuch"], "Expected a run among .*, received 'nosuch'"),
        (["nosuch", "--seeds", "1"], "Expected a run among .*, received 'nosuch'"),
        (["--folds", "all", "1"], "Expected folds as numbers, or the one word all, received 'all'"),
        (["--folds", "11"], "Expected folds from 0 to 9, received 11"),
        (["--seeds", "4294967296"], "Expected seeds from 0 to 4294967295"),
        ([RUN, "--datasets", "mnist"], "Expected --datasets and --networks alone, received runs"),
        (["--networks", "vgg16", "--seeds", "1"], "Expected --datasets and --networks alone, received runs"),
    ],
)
@pytest.mark.parametrize("write", [[], ["--write"]])
def test_an_impossible_grid_or_repeat_is_one_line(copy, capsys, arguments, message, write):
    assert run(copy, *arguments, *write) == 2
    out, err = capsys.readouterr()
    assert re.fullmatch(f"error: {message}.*\n", err)
    assert out == ""
    assert copy.read_bytes() == PARAMS.read_bytes()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("definition: mnist", "definition: mnits", r"Expected a data set .*'mnits' \(did you mean mnist\?\)"),
        ("architecture: mnist_cnn", "architecture: nosuch", "Expected an architecture among .*, received 'nosuch'"),
        ("source: packaged", "source: nosuch", "Expected a source of MNIST among packaged, .*received 'nosuch'"),
        ("dataset: mnist", "dataset: nosuch", "Expected a data set among .*, received 'nosuch'"),
        (
            "metric: accuracy",
            "metric: acuracy",
            "Expected runs.patch_camelyon-pcam_cnn.published.metric, received 'acuracy' "
            r"\(did you mean accuracy\?\)\.",
        ),
    ],
)
def test_unknown_names_in_params_are_one_line(copy, capsys, old, new, message):
    assert old in copy.read_text()
    copy.write_text(copy.read_text().replace(old, new, 1))
    assert run(copy) == 2
    assert re.fullmatch(f"error: {message}.*\n", capsys.readouterr().err)


def test_repeats_are_listed_and_added_only_with_write(copy, capsys):
    repeats = [RUN, "--seeds", "0", "1", "--folds", "0", "2"]
    assert run(copy, *repeats) == 0
    out = capsys.readouterr().out
    assert f"{RUN}-s1-f2" in out
    assert "3 runs to add to" in out
    assert copy.read_bytes() == PARAMS.read_bytes()
    assert run(copy, *repeats, "--write") == 0
    out = capsys.readouterr().out
    assert "3 runs added to" in out
    assert "mnist: in `profile: full` the test part is given" in out
    assert run(copy, *repeats, "--write") == 0
    assert "Nothing to add" in capsys.readouterr().out
    assert run(copy) == 0
    assert f"{RUN}-s1-f2" in capsys.readouterr().out


def test_without_a_run_it_says_so_and_adds_the_first_one(copy, capsys):
    text = copy.read_text(encoding="utf-8")
    copy.write_text(text[: text.index("\n# A run:")] + "\nruns: {}\nthresholds: {}\n", encoding="utf-8")
    for more in ((), ("--write",), ("--seeds", "1")):
        assert run(copy, *more) == 0
        assert "There is nothing yet: " in capsys.readouterr().out
    assert run(copy, "--datasets", "mnist", "--networks", "mnist_cnn", "--write") == 0
    assert list(config.load(copy).runs) == ["mnist-mnist_cnn"]
