"""A run that starts from weights: what each phase trains, from images or from features, and how it resumes."""

import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from toys import refused

from cnnbench import features, networks
from cnnbench.config import Recipe
from cnnbench.data.records import reader, schema
from cnnbench.evaluation import scoring
from cnnbench.training import batches, checkpoints, phases, saving, trainer
from cnnbench.weights import weight_files

FOLDS = {"train": [2, 3, 4, 5, 6, 7, 8, 9], "val": [1]}
STOPPING = {"monitor": "val_loss", "patience": 1, "restore_best": True}
FLIP = {"flip": "horizontal", "rotation": 0.0, "zoom": 0.0, "shift": 0.0, "fill": "nearest"}
TWO = {"epochs": 4, "head_epochs": 2, "head_lr": 0.1}


class Killed(BaseException):
    """What the process of a test gets instead of a SIGKILL."""


def train(run, digits, start, checkpoint=None, kill=0):
    import keras

    keras.utils.set_random_seed(run.seed)

    def on_epoch(row):
        if row["epoch"] == kill:
            raise Killed

    known = schema.read(digits.records)
    return trainer.train(run, digits.records, known, FOLDS, on_epoch, checkpoint, start)


def kept(trained, start):
    """Names of the layers below the head whose weights are those of the start."""
    arrays = weight_files.read(start).arrays
    names = {key.split("/")[0] for key in arrays}
    return {
        name
        for name in names
        if all(
            np.array_equal(value, arrays[f"{name}/{index}"])
            for index, value in enumerate(trained.model.get_layer(name).get_weights())
        )
    }


def write_features(tiny, digits, layer="second_pool"):
    """A folder of features, as the stage writes it."""
    out = tiny.parent / f"features-{layer}"
    out.mkdir()
    start = weight_files.read(tiny)
    network = networks.build("tiny_network", (28, 28, 1), 1, "linear", pretrained=True)
    networks.set_weights(network, start.arrays)
    features.compute(network, layer, digits.records, schema.read(digits.records), out)
    weight_files.write(out, start.arrays, start.origin)
    return out


def result(trained, folder):
    folder.mkdir(exist_ok=True)
    saving.save(trained.model, folder / "model.keras")
    saving.save_history(trained.history, folder / "history.csv")
    return [(folder / name).read_bytes() for name in ("model.keras", "history.csv")] + [trained.best_epoch]


NORMS = {"first_bn", "second_bn"}
ALL = NORMS | {"first_conv", "second_conv"}


@pytest.mark.parametrize(
    ("recipe", "expected", "parameters"),
    [
        ({"freeze": "all"}, ALL, 90),
        ({"freeze": "second"}, ALL, 90),
        ({"freeze": "first"}, ALL - {"second_conv"}, 90 + 288),
        ({"freeze": "none"}, NORMS, 90 + 288 + 36),
        (TWO, NORMS, 90 + 288 + 36),
        (TWO | {"freeze": "first"}, ALL - {"second_conv"}, 90 + 288),
        ({"freeze": "first", "augmentation": FLIP}, ALL - {"second_conv"}, 90 + 288),
    ],
)
def test_what_is_frozen_keeps_its_weights_and_batch_norm_its_statistics(
    digits, tiny, tiny_run, recipe, expected, parameters
):
    trained = train(tiny_run(**recipe), digits, tiny)
    assert kept(trained, tiny) == expected
    assert trained.trained_parameters == parameters
    assert trained.model.count_params() > parameters


def test_from_scratch_nothing_is_frozen(digits, tiny, tiny_run):
    trained = train(tiny_run("none"), digits, None)
    assert kept(trained, tiny) == set()
    assert trained.trained_parameters is None
    assert all(layer.trainable for layer in trained.model.layers)
    assert np.abs(trained.model.get_layer("first_bn").get_weights()[2]).max() > 0, "its statistics follow the data"


def test_phases_of_a_recipe():
    recipe = Recipe(epochs=5, head_epochs=2, head_lr=0.1, lr=0.01, warm_up=0.5, freeze="first")
    head, rest = phases.plan(recipe)
    assert (head.name, head.first, head.last, head.frozen, head.lr, head.warm_up) == ("head", 0, 2, "all", 0.1, 0.0)
    assert (rest.name, rest.first, rest.last, rest.frozen, rest.lr, rest.warm_up) == ("all", 2, 5, "first", 0.01, 0.5)
    assert phases.plan(recipe.model_copy(update={"head_lr": None}))[0].lr == 0.01
    assert len(phases.plan(Recipe(epochs=5))) == 1


def test_one_history_with_a_phase_and_schedules_of_their_own(digits, tiny, tiny_run, tmp_path):
    trained = train(tiny_run(**TWO, schedule={"name": "cosine"}, warm_up=0.5), digits, tiny)
    saving.save_history(trained.history, tmp_path / "history.csv")
    frame = pd.read_csv(tmp_path / "history.csv")
    assert list(frame.columns) == ["epoch", "phase", "accuracy", "loss", "val_accuracy", "val_loss", "lr"]
    assert list(frame["epoch"]) == [1, 2, 3, 4]
    assert list(frame["phase"]) == ["head", "head", "all", "all"]
    # the head's falls to half and to nothing; that of all has risen after its first epoch of two
    assert frame["lr"].to_numpy() == pytest.approx([0.05, 0.0, 0.01, 0.0], abs=1e-6)
    assert trained.best_epoch == 4


def test_one_phase_has_no_column_of_phases(digits, tiny, tiny_run):
    trained = train(tiny_run(freeze="all"), digits, tiny)
    assert list(trained.history[0]) == ["epoch", "accuracy", "loss", "val_accuracy", "val_loss", "lr"]


def test_early_stopping_acts_after_the_head(digits, tiny, tiny_run):
    # the head's rate is too high, so that its losses are bad and rise, and the rate of all changes nothing
    recipe = {"epochs": 12, "head_epochs": 4, "head_lr": 3.0, "lr": 1e-30, "early_stopping": STOPPING}
    trained = train(tiny_run(**recipe), digits, tiny)
    assert [row["phase"] for row in trained.history[:5]] == ["head"] * 4 + ["all"]
    assert trained.best_epoch == 5
    assert len(trained.history) == 6


@pytest.mark.parametrize("recipe", [{"freeze": "all"}, {"freeze": "first"}, TWO, TWO | {"freeze": "first"}])
def test_features_give_the_same_scores(digits, tiny, tiny_run, recipe, monkeypatch, tmp_path):
    layer = "first_pool" if recipe.get("freeze") == "first" else "second_pool"
    folder = write_features(tiny, digits, layer)
    known = schema.read(digits.records)
    inputs = reader.load(digits.records, known, [0]).inputs
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batches, "read_features", lambda *_: None)
        plain = train(tiny_run(**recipe), digits, tiny)
    expected = scoring.predict_scores(plain.model, inputs)
    for start in (tiny, folder):
        trained = train(tiny_run(**recipe), digits, start)
        assert scoring.predict_scores(trained.model, inputs) == pytest.approx(expected, abs=1e-5)
        assert [row["val_loss"] for row in trained.history] == pytest.approx(
            [row["val_loss"] for row in plain.history], abs=1e-5
        )
        saving.save(trained.model, tmp_path / "model.keras")
        again = scoring.predict_scores(scoring.load(tmp_path / "model.keras"), inputs)
        assert np.array_equal(again, scoring.predict_scores(trained.model, inputs)), "the whole network is saved"


def test_stored_features_are_read_and_images_are_not(digits, tiny, tiny_run, monkeypatch):
    folder = write_features(tiny, digits)
    for path in folder.glob("*.npy"):
        path.unlink()
    with refused(r"Expected .*npy as its stage leaves it, received .*: run `dvc repro -f features@"):
        train(tiny_run(freeze="all"), digits, folder)


def test_augmentation_acts_in_the_epochs_that_read_images(digits, tiny, tiny_run):
    folder = write_features(tiny, digits)
    plain, changed = (train(tiny_run(**TWO, augmentation=chosen), digits, folder).history for chosen in (None, FLIP))
    assert changed[:2] == plain[:2], "the head reads features of images that do not change"
    assert changed[2]["loss"] != plain[2]["loss"]
    without = train(tiny_run(**TWO, augmentation=FLIP), digits, tiny).history
    assert without[0]["loss"] != plain[0]["loss"], "without stored features the head sees them change"


def test_what_does_not_fit_in_memory_is_computed_in_each_epoch(digits, tiny, tiny_run, monkeypatch):
    plain = train(tiny_run(freeze="all"), digits, tiny)
    monkeypatch.setattr(batches, "MEMORY_BYTES", 1000)
    monkeypatch.setattr(batches.computing, "whole", lambda *_: pytest.fail("was computed"))
    streamed = train(tiny_run(freeze="all"), digits, tiny)
    # the order of examples that are streamed is another
    assert streamed.history[-1]["val_loss"] == pytest.approx(plain.history[-1]["val_loss"], abs=0.2)


def test_an_unknown_block_names_the_known(digits, tiny, tiny_run):
    for more in ({}, TWO):
        # with a head first, before its epochs: the callback would end the test
        with refused(r"Expected a block of tiny_network among all, first, second, received 'secnd' \(did you mean sec"):
            train(tiny_run(**more, freeze="secnd"), digits, tiny, kill=1)


def test_a_network_without_blocks_takes_no_weights(digits, tiny, tiny_run):
    run = tiny_run(freeze="all").model_copy(update={"architecture": "mnist_cnn"})
    with refused(r"Expected a network with blocks, .* received mnist_cnn"):
        train(run, digits, tiny)


@pytest.mark.parametrize(
    "recipe",
    [
        TWO | {"ema": 0.5, "mixup": 0.4, "cutmix": 1.0, "early_stopping": STOPPING, "augmentation": FLIP},
        TWO | {"ema": 0.9, "freeze": "first", "optimizer": "sgd", "momentum": 0.9, "schedule": {"name": "cosine"}},
    ],
    ids=["images", "features"],
)
def test_killed_after_any_epoch_of_either_phase_it_ends_in_the_same_bytes(
    digits, tiny, tiny_run, recipe, tmp_path, monkeypatch
):
    monkeypatch.setattr(checkpoints, "SHARE", float("inf"))
    run, place = tiny_run(**recipe), tmp_path / "checkpoints" / "code-recipe.npz"
    undisturbed = train(run, digits, tiny)
    expected = result(undisturbed, tmp_path / "undisturbed")
    for epoch in range(1, len(undisturbed.history) + 1):
        # from the start to the kill, and then on to the end: each state is resumed by itself
        with pytest.raises(Killed):
            train(run, digits, tiny, checkpoints.Checkpoint(place), epoch)
        resumed = train(run, digits, tiny, checkpoints.Checkpoint(place))
        assert resumed.resumed == epoch
        assert result(resumed, tmp_path / str(epoch)) == expected
        assert resumed.trained_parameters == undisturbed.trained_parameters
        place.unlink()


SCRIPT = """
import sys
from pathlib import Path
from cnnbench.backend import runtime
from cnnbench.config import Run

run, folder, start, out = Run.model_validate_json(sys.argv[1]), *map(Path, sys.argv[2:])
runtime.configure("cpu", 1, run.seed)
import tiny_network
from cnnbench import networks
from cnnbench.data.records import schema
from cnnbench.training import saving, trainer

tiny_network.add_to(networks)
folds = {"train": [2, 3, 4, 5, 6, 7, 8, 9], "val": [1]}
saving.save(trainer.train(run, folder, schema.read(folder), folds, lambda _: None, None, start).model, out)
"""


def test_two_processes_make_the_same_bytes(digits, tiny, tiny_run, tmp_path):
    mixing = {"ema": 0.9, "mixup": 0.2, "cutmix": 1.0, "label_smoothing": 0.1, "class_weights": True}
    run = tiny_run(**TWO, **mixing, optimizer="adamw", weight_decay=0.01, clip_norm=1.0, mixed_precision="bfloat16")
    path = os.pathsep.join(["src", os.path.dirname(__file__)])  # noqa: PTH120
    made = []
    for name in ("one", "two"):
        arguments = [run.model_dump_json(), str(digits.records), str(tiny), str(tmp_path / f"{name}.keras")]
        subprocess.run([sys.executable, "-c", SCRIPT, *arguments], env=os.environ | {"PYTHONPATH": path}, check=True)
        made.append((tmp_path / f"{name}.keras").read_bytes())
    assert made[0] == made[1]
