"""Training on a few real digits: recipes do what they say, and the same recipe gives the same bytes."""

import itertools

import numpy as np
import pytest

from cnnbench.backend import runtime
from cnnbench.config import Augmentation, Data, Rule, Run, Split
from cnnbench.core.errors import UserError
from cnnbench.data import download
from cnnbench.data.cache import writer
from cnnbench.data.records import reader, schema
from cnnbench.data.split import split_file
from cnnbench.evaluation import scoring
from cnnbench.training import augmentation, saving, trainer

RUN = {
    "dataset": "mnist",
    "fold": 0,
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
SPLIT = Split(train=0.8, val=0.1, test=0.1, seed=0)
FOLDS = {"train": [2, 3, 4, 5, 6, 7, 8, 9], "val": [1], "test": [0]}
UNCHANGED = {"flip": "none", "rotation": 0.0, "zoom": 0.0, "shift": 0.0, "fill": "nearest"}


def run(architecture="mnist_cnn", seed=0, **recipe):
    return Run.model_validate(RUN | {"architecture": architecture, "seed": seed, "recipe": RUN["recipe"] | recipe})


def train(folder, run, folds=FOLDS):
    import keras

    keras.utils.set_random_seed(run.seed)
    seen = []
    trained = trainer.train(run, folder, schema.read(folder), folds, seen.append)
    assert trained.history == seen
    return trained


def test_learns_digits_and_the_same_recipe_gives_the_same_bytes(digits, tmp_path):
    for name in ("one", "two"):
        trained = train(digits.records, run(epochs=4))
        saving.save(trained.model, tmp_path / f"{name}.keras")
    assert (tmp_path / "one.keras").read_bytes() == (tmp_path / "two.keras").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one.keras", "two.keras"]
    assert trained.history[-1]["val_accuracy"] > 0.5
    assert trained.model.jit_compile is runtime.engine().COMPILES
    assert [row["epoch"] for row in trained.history] == [1, 2, 3, 4]
    part = reader.load(digits.records, schema.read(digits.records), [0])
    scores = scoring.predict_scores(scoring.load(tmp_path / "one.keras"), part.inputs)
    assert scores.shape == (len(part.ids), 10)
    assert scores.sum(axis=1) == pytest.approx(1)
    assert (scores.argmax(axis=1) == part.labels).mean() > 0.5
    assert scores == pytest.approx(scoring.predict_scores(trained.model, part.inputs))


def test_another_seed_gives_other_weights(digits):
    first, second = (train(digits.records, run(epochs=1, seed=seed)).model.get_weights() for seed in (0, 1))
    assert any((a != b).any() for a, b in zip(first, second, strict=True))


@pytest.mark.parametrize(
    ("optimizer", "lr", "schedule"),
    [
        ("adam", 1e-3, {"name": "constant"}),
        ("rmsprop", 1e-3, {"name": "exponential", "decay_steps": 5, "decay_rate": 0.5}),
        ("adadelta", 1.0, {"name": "plateau", "monitor": "val_accuracy", "factor": 0.1, "patience": 1, "min_lr": 0.0}),
        ("adam", 0.01, {"name": "cosine"}),
    ],
)
def test_optimizers_and_schedules(digits, optimizer, lr, schedule):
    trained = train(digits.records, run(optimizer=optimizer, lr=lr, schedule=schedule, epochs=3))
    rates = [row["lr"] for row in trained.history]
    steps = -(-sum(schema.read(digits.records).counts(FOLDS["train"]).values()) // 32)
    if schedule["name"] == "constant":
        assert rates == pytest.approx([lr] * 3)
    elif schedule["name"] == "exponential":
        assert rates == pytest.approx([lr * 0.5 ** (steps * epoch / 5) for epoch in (1, 2, 3)], rel=1e-3)
    elif schedule["name"] == "cosine":
        assert rates == pytest.approx([lr * (1 + np.cos(np.pi * epoch / 3)) / 2 for epoch in (1, 2, 3)], abs=1e-6)
    else:
        assert rates[0] == lr
        assert all(after <= before for before, after in itertools.pairwise(rates))


def test_early_stopping_keeps_the_best_weights(digits):
    stopping = {"monitor": "val_loss", "patience": 1, "restore_best": True}
    # A rate that is far too high, so that the validation loss soon rises
    trained = train(digits.records, run(optimizer="adam", lr=0.05, epochs=30, early_stopping=stopping))
    losses = [row["val_loss"] for row in trained.history]
    assert len(losses) < 30
    assert trained.best_epoch == 1 + int(np.argmin(losses))
    known = schema.read(digits.records)
    part = reader.load(digits.records, known, [1])
    scores = scoring.predict_scores(trained.model, part.inputs)
    loss = -np.log(np.clip(scores[np.arange(len(part.labels)), part.labels], 1e-7, 1)).mean()
    assert loss == pytest.approx(min(losses), rel=1e-3)


@pytest.fixture(scope="module")
def unaugmented(digits):
    return train(digits.records, run(epochs=1))


@pytest.mark.parametrize(
    "changes",
    [
        {"flip": "horizontal", "rotation": 0.1, "zoom": 0.1, "shift": 0.1},
        {"brightness": 0.3},
        {"contrast": 0.3},
    ],
)
def test_augmentation_changes_training_and_is_not_saved(digits, unaugmented, changes):
    augmented = train(digits.records, run(epochs=1, augmentation=UNCHANGED | changes))
    assert augmented.history[0]["loss"] != unaugmented.history[0]["loss"]
    assert [layer.name for layer in augmented.model.layers] == [layer.name for layer in unaugmented.model.layers]


def test_light_changes_in_training_only_and_stays_within_a_byte():
    import keras

    pixels = np.random.default_rng(0).integers(0, 256, (8, 12, 12, 3), np.uint8)
    for change in ({"brightness": 0.4}, {"contrast": 0.4}):
        layers = augmentation.build_layers(Augmentation.model_validate(UNCHANGED | change), seed=0)
        layer = keras.Sequential([keras.Input(pixels.shape[1:], dtype="uint8"), *layers])
        changed = keras.ops.convert_to_numpy(layer(pixels, training=True))
        assert np.abs(changed - pixels).mean() > 5
        assert changed.min() >= 0
        assert changed.max() <= 255
        per_image = np.abs(changed - pixels).mean(axis=(1, 2, 3))
        assert np.ptp(per_image) > 2, "all images get the same change"
        assert (keras.ops.convert_to_numpy(layer(pixels, training=False)) == pixels).all()
    assert augmentation.build_layers(Augmentation.model_validate(UNCHANGED), seed=0) == []


@pytest.fixture(scope="module")
def uneven(tmp_path_factory):
    """Records of two classes, three to one."""
    folder = tmp_path_factory.mktemp("uneven")
    raw = folder / "raw" / "chest_xray"
    download.fetch("chest_xray", Data(source="phantom", examples=240, size=24), raw)
    frame = split_file.make(raw, SPLIT, Rule(near_copies="ignore"))
    rare = frame.index[frame["label"] == 0]
    frame.loc[np.setdiff1d(rare, rare[::3]), ["fold", "split", "dropped"]] = [-1, "", "to be fewer"]
    writer.write(raw, frame, folder / "records" / raw.name, (24, 24))
    return folder / "records" / raw.name


@pytest.mark.parametrize("loss", ["binary_crossentropy", "sparse_categorical_crossentropy", "categorical_crossentropy"])
def test_class_weights_make_the_classes_weigh_the_same(uneven, loss):
    # A rate that changes nothing, and a network without dropout, so that the loss is that of the weights it starts with
    recipe = {"optimizer": "adam", "lr": 1e-30, "loss": loss, "epochs": 1}
    known = schema.read(uneven)
    counts = known.counts(FOLDS["train"])
    assert max(counts.values()) > 2 * min(counts.values())
    losses = {}
    for weighted in (False, True):
        trained = train(uneven, run("plain_cnn", **recipe, class_weights=weighted))
        losses[weighted] = trained.history[0]["loss"], trained.history[0]["val_loss"]
    part = reader.load(uneven, known, FOLDS["train"])
    scores = scoring.predict_scores(trained.model, part.inputs)
    each = -np.log(scores[np.arange(len(part.labels)), part.labels])
    per_class = [each[part.labels == label].mean() for label in (0, 1)]
    assert losses[False][0] == pytest.approx(each.mean(), rel=1e-3)
    assert losses[True][0] == pytest.approx(np.mean(per_class), rel=1e-3)
    assert abs(losses[True][0] - losses[False][0]) > 0.001
    assert losses[True][1] == pytest.approx(losses[False][1], rel=1e-6), "validation is not weighted"


def test_class_weights_are_one_on_average():
    weights = trainer._class_weights({"a": 30, "b": 10, "c": 0})
    assert weights[0] * 30 == pytest.approx(weights[1] * 10)
    even = trainer._class_weights({"a": 30, "b": 10})
    assert (even[0] * 30 + even[1] * 10) / 40 == pytest.approx(1)


def test_class_weights_of_a_regression_are_refused(housing):
    with pytest.raises(UserError, match=r"Expected class_weights: false for a regression, received true"):
        train(housing.records, run("conv1d", loss="mse", class_weights=True))


def test_rows_are_standardised_by_the_training_part_inside_the_model(housing, tmp_path):
    recipe = {"optimizer": "adam", "lr": 1e-3, "loss": "mse", "batch_size": 16, "epochs": 2, "standardise": True}
    known = schema.read(housing.records)
    for name in ("one", "two"):
        trained = train(housing.records, run("conv1d", **recipe))
        saving.save(trained.model, tmp_path / f"{name}.keras")
    assert (tmp_path / "one.keras").read_bytes() == (tmp_path / "two.keras").read_bytes()
    rows = reader.load(housing.records, known, FOLDS["train"]).inputs
    test = reader.load(housing.records, known, [0]).inputs
    mean, spread = rows.mean(axis=0, dtype=np.float64), rows.std(axis=0, dtype=np.float64)
    for model in (trained.model, scoring.load(tmp_path / "one.keras")):
        assert np.asarray(model.get_layer("standardise")(test)) == pytest.approx((test - mean) / spread, abs=1e-3)
        assert scoring.predict_scores(model, test) == pytest.approx(scoring.predict_scores(trained.model, test))
    unscaled = train(housing.records, run("conv1d", **recipe | {"standardise": False}))
    assert "standardise" not in [layer.name for layer in unscaled.model.layers]


def test_images_are_not_standardised(digits):
    with pytest.raises(UserError, match=r"Expected standardise: false for images, which mnist_cnn scales to 0\.\.1"):
        train(digits.records, run(standardise=True))


def test_regression_learns(housing):
    recipe = {"optimizer": "adam", "lr": 1e-3, "loss": "mse", "batch_size": 16, "epochs": 5, "standardise": True}
    trained = train(housing.records, run("conv1d", **recipe))
    assert trained.history[-1]["val_rmse"] < trained.history[0]["val_rmse"]
    part = reader.load(housing.records, schema.read(housing.records), [0])
    assert scoring.predict_scores(trained.model, part.inputs).shape == (len(part.ids), 1)


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
    assert trainer.head(loss, classes) == expected


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
        trainer.head(loss, classes)


def test_a_loss_that_explodes_ends_the_training(housing):
    with pytest.raises(UserError, match=r"Expected a finite loss, received (nan|inf) in epoch .*: lower lr, now 1e"):
        train(housing.records, run("conv1d", optimizer="adam", lr=1e30, loss="mse", epochs=3))


def test_a_last_step_that_explodes_leaves_no_model_behind(housing):
    # the loss of the only step is that of the first weights; what it made of them shows on validation data alone
    recipe = {"optimizer": "sgd", "lr": 1e30, "loss": "mse", "batch_size": 1000, "epochs": 1}
    with pytest.raises(UserError, match=r"Expected a finite val_loss, received (nan|inf) in epoch 1: lower lr, now 1e"):
        train(housing.records, run("conv1d", **recipe))


def test_unknown_network_lists_the_known(digits):
    with pytest.raises(UserError, match=r"Expected an architecture among breast_cnn, .* received 'nosuch'"):
        train(digits.records, run("nosuch"))


def test_a_gpu_that_is_not_there_is_an_error():
    with pytest.raises(UserError, match=r"Expected a GPU, as device: gpu in params.yaml says, received none"):
        runtime.configure("gpu", 2, 0)


def test_a_missing_model_is_an_error(tmp_path):
    with pytest.raises(UserError, match=r"run `dvc repro train@x-y`"):
        scoring.load(tmp_path / "x-y" / "model.keras")
