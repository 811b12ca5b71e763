"""A tuned recipe in params.yaml: the lines that are added, and all others as they were."""

import pytest
from dvc.utils.serialize import modify_yaml
from toys import refused

from cnnbench import config
from cnnbench.planning import params_file, repeats, tuned_file

DIGITS, TISSUE, FILMS = "mnist-mnist_cnn", "breast_histopathology-breast_cnn", "chest_xray-chest_cnn"
AUGMENTATION = {"flip": "none", "rotation": 0.05, "zoom": 0.1, "shift": 0.1, "fill": "reflect", "brightness": 0.0,
                "contrast": 1e-5}  # fmt: skip
CHANGES = {"lr": 1.23e-5, "schedule": {"name": "cosine"}, "augmentation": AUGMENTATION, "clip_norm": None}
LINES = """\
    tuned:
      lr: 1.23e-05
      schedule: {name: cosine}
      augmentation:
        flip: none
        rotation: 0.05
        zoom: 0.1
        shift: 0.1
        fill: reflect
        brightness: 0.0
        contrast: 1.0e-05
      clip_norm:
    trials: 12
"""


def test_lines_are_added_after_the_recipe(path):
    before = path.read_text()
    tuned_file.write(path, DIGITS, CHANGES, 12)
    after = path.read_text()
    assert LINES in after
    assert after.replace(LINES, "") == before
    run = config.load(path).runs[DIGITS]
    assert (run.trials, run.tuned.lr, run.tuned.augmentation.contrast) == (12, 1.23e-5, 1e-5)
    assert run.tuned.optimizer == run.recipe.optimizer


def test_dvc_writes_the_file_back_unchanged(path):
    tuned_file.write(path, DIGITS, CHANGES, 12)
    before = path.read_text()
    with modify_yaml(path) as content:
        content["recipe"] = "tuned"
    assert path.read_text() == before.replace("recipe: published   ", "recipe: tuned       ", 1)


@pytest.mark.parametrize("name", [TISSUE, FILMS])
def test_another_recipe_takes_the_place_of_one_that_is_there(path, name):
    before = path.read_text()
    with refused(f"Expected a run without tuned: in .*, received {name}, which has one: --replace"):
        tuned_file.check(path, name, replace=False)
    tuned_file.check(path, name, replace=True)
    assert path.read_text() == before
    tuned_file.write(path, name, CHANGES, 12)
    once = path.read_text()
    start = before.index("    tuned:", before.index(f"  {name}:"))
    rest = before[before.index("    quick:", start) :]
    assert once == before[:start] + LINES + rest
    tuned_file.write(path, name, CHANGES, 12)
    assert path.read_text() == once
    tuned_file.write(path, name, {}, 3)
    assert path.read_text() == before[:start] + "    tuned: {}\n    trials: 3\n" + rest


def test_line_ends_of_windows_are_kept(path):
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    tuned_file.write(path, DIGITS, CHANGES, 12)
    assert LINES.replace("\n", "\r\n").encode() in path.read_bytes()
    assert b"\n" not in path.read_bytes().replace(b"\r\n", b"")


def test_the_last_run_of_a_file_that_ends_with_it(path):
    text = path.read_text()
    start = text.index("    quick:", text.index("  skin_cancer-skin_cnn:"))
    head = text[: text.index("thresholds:")].replace("runs:", "thresholds: {}\nruns:", 1)
    path.write_text(head[: head.index("    quick:", head.index("  skin_cancer-skin_cnn:"))].rstrip())
    assert start
    tuned_file.write(path, "skin_cancer-skin_cnn", CHANGES, 12)
    assert path.read_text().endswith(LINES)


def test_a_repeat_follows_and_is_not_tuned_itself(path):
    planned = repeats.plan(config.load(path), [DIGITS], [0, 1])
    params_file.add(path, planned, merge=True)
    tuned_file.write(path, DIGITS, CHANGES, 12)
    assert config.load(path).runs[planned[0].name].trials == 12
    before = path.read_bytes()
    with refused("Expected a run with a recipe of its own, .*: tune the run that it repeats"):
        tuned_file.write(path, planned[0].name, CHANGES, 12)
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == ["params.yaml"]
