"""Training on a few real digits: recipes do what they say, and the same recipe gives the same bytes."""

import itertools

import numpy as np
import pytest

from cnnbench import batches, predicting, records, runtime, saving, training
from cnnbench.errors import UserError
from cnnbench.params import Run

RUN = {
    "dataset": "mnist",
    "architecture": "mnist_cnn",
    "seed": 0,
    "fold": 0,
    "published": "",
    "quick": {},
    "recipe": {
        "optimizer": "adadelta",
        "lr": 1.0,
        "schedule": {"name": "constant"},
        "loss": "categorical_crossentropy",
        "batch_size": 32,
        "epochs": 2,
        "early_stopping": None,
        "augmentation": None,
        "l2": 0.0,
    },
}
FOLDS = {"train": [2, 3, 4, 5, 6, 7, 8, 9], "val": [1], "test": [0]}


def run(**recipe):
    return Run.model_validate(RUN | {"recipe": RUN["recipe"] | recipe})


def train(folder, run, folds=FOLDS):
    import keras

    keras.utils.set_random_seed(run.seed)
    seen = []
    trained = training.train(run, folder, records.read(folder), folds, seen.append)
    assert trained.history == seen
    return trained


def test_learns_digits_and_the_same_recipe_gives_the_same_bytes(digits, tmp_path):
    for name in ("one", "two"):
        trained = train(digits.records, run(epochs=4))
        saving.save(trained.model, tmp_path / f"{name}.keras")
    assert (tmp_path / "one.keras").read_bytes() == (tmp_path / "two.keras").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one.keras", "two.keras"]
    assert trained.history[-1]["val_accuracy"] > 0.5
    assert [row["epoch"] for row in trained.history] == [1, 2, 3, 4]
    part = batches.load(digits.records, records.read(digits.records), [0])
    scores = predicting.scores(predicting.load(tmp_path / "one.keras"), part.inputs)
    assert scores.shape == (len(part.ids), 10)
    assert scores.sum(axis=1) == pytest.approx(1)
    assert (scores.argmax(axis=1) == part.labels).mean() > 0.5
    assert scores == pytest.approx(predicting.scores(trained.model, part.inputs))


def test_another_seed_gives_other_weights(digits):
    first, second = (
        train(digits.records, run(epochs=1).model_copy(update={"seed": seed})).model.get_weights() for seed in (0, 1)
    )
    assert any((a != b).any() for a, b in zip(first, second, strict=True))


@pytest.mark.parametrize(
    ("optimizer", "lr", "schedule"),
    [
        ("adam", 1e-3, {"name": "constant"}),
        ("rmsprop", 1e-3, {"name": "exponential", "decay_steps": 5, "decay_rate": 0.5}),
        ("adadelta", 1.0, {"name": "plateau", "monitor": "val_accuracy", "factor": 0.1, "patience": 1, "min_lr": 0.0}),
    ],
)
def test_optimizers_and_schedules(digits, optimizer, lr, schedule):
    trained = train(digits.records, run(optimizer=optimizer, lr=lr, schedule=schedule, epochs=3))
    rates = [row["lr"] for row in trained.history]
    steps = -(-records_in(digits) // 32)
    if schedule["name"] == "constant":
        assert rates == pytest.approx([lr] * 3)
    elif schedule["name"] == "exponential":
        assert rates == pytest.approx([lr * 0.5 ** (steps * epoch / 5) for epoch in (1, 2, 3)], rel=1e-3)
    else:
        assert rates[0] == lr
        assert all(after <= before for before, after in itertools.pairwise(rates))


def records_in(digits):
    return sum(records.read(digits.records).counts(FOLDS["train"]).values())


def test_early_stopping_keeps_the_best_weights(digits):
    stopping = {"monitor": "val_loss", "patience": 1, "restore_best": True}
    # A rate that is far too high, so that the validation loss soon rises
    trained = train(digits.records, run(optimizer="adam", lr=0.05, epochs=30, early_stopping=stopping))
    losses = [row["val_loss"] for row in trained.history]
    assert len(losses) < 30
    assert trained.best_epoch == 1 + int(np.argmin(losses))
    known = records.read(digits.records)
    part = batches.load(digits.records, known, [1])
    scores = predicting.scores(trained.model, part.inputs)
    loss = -np.log(np.clip(scores[np.arange(len(part.labels)), part.labels], 1e-7, 1)).mean()
    assert loss == pytest.approx(min(losses), rel=1e-3)


def test_augmentation_changes_training_and_is_not_saved(digits):
    changes = {"flip": "horizontal", "rotation": 0.1, "zoom": 0.1, "shift": 0.1, "fill": "nearest"}
    plain = train(digits.records, run(epochs=1))
    changed = train(digits.records, run(epochs=1, augmentation=changes))
    assert changed.history[0]["loss"] != plain.history[0]["loss"]
    assert [layer.name for layer in changed.model.layers] == [layer.name for layer in plain.model.layers]


def test_regression_learns(housing):
    recipe = {"optimizer": "adam", "lr": 1e-3, "loss": "mse", "batch_size": 16, "epochs": 5}
    trained = train(housing.records, run(**recipe).model_copy(update={"architecture": "conv1d"}))
    assert trained.history[-1]["val_rmse"] < trained.history[0]["val_rmse"]
    part = batches.load(housing.records, records.read(housing.records), [0])
    assert predicting.scores(trained.model, part.inputs).shape == (len(part.ids), 1)


@pytest.mark.parametrize(
    ("loss", "classes", "expected"),
    [
        ("mse", 0, (1, "linear")),
        ("binary_crossentropy", 2, (1, "sigmoid")),
        ("sparse_categorical_crossentropy", 2, (2, "softmax")),
        ("categorical_crossentropy", 10, (10, "softmax")),
    ],
)
def test_the_loss_decides_the_head(loss, classes, expected):
    assert training.head(loss, classes) == expected


@pytest.mark.parametrize(
    ("loss", "classes", "message"),
    [
        ("mse", 2, "Expected a regression for loss: mse, received 2 classes"),
        ("binary_crossentropy", 10, "Expected 2 classes for loss: binary_crossentropy, received 10 classes"),
        ("categorical_crossentropy", 0, "Expected 2 or more classes for loss: .*, received a regression"),
    ],
)
def test_a_loss_that_does_not_fit_is_refused(loss, classes, message):
    with pytest.raises(UserError, match=message):
        training.head(loss, classes)


def test_a_loss_that_explodes_ends_the_training(housing):
    recipe = run(optimizer="adam", lr=1e30, loss="mse", epochs=3).model_copy(update={"architecture": "conv1d"})
    with pytest.raises(UserError, match=r"Expected a finite loss, received (nan|inf) in epoch .*: lower lr, now 1e"):
        train(housing.records, recipe)


def test_unknown_network_lists_the_known(digits):
    with pytest.raises(UserError, match=r"Expected an architecture among breast_cnn, .* received 'nosuch'"):
        train(digits.records, run().model_copy(update={"architecture": "nosuch"}))


def test_a_gpu_that_is_not_there_is_an_error():
    with pytest.raises(UserError, match=r"Expected a GPU, as device: gpu in params.yaml says, received none"):
        runtime.configure("gpu", 2, 0)


def test_a_missing_model_is_an_error(tmp_path):
    with pytest.raises(UserError, match=r"run `dvc repro train@x-y` first"):
        predicting.load(tmp_path / "x-y" / "model.keras")
