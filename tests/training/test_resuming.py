"""A killed training resumes, and ends in the bytes of an undisturbed one."""

import itertools
import os
import signal
import subprocess
import sys

import pytest

from cnnbench.config import Run
from cnnbench.data.records import schema
from cnnbench.training import checkpoints, saving, trainer

FOLDS = {"train": [2, 3, 4, 5, 6, 7, 8, 9], "val": [1]}
EPOCHS = 3
AUGMENTATION = {"flip": "horizontal", "rotation": 0.1, "zoom": 0.1, "shift": 0.1, "fill": "nearest", "contrast": 0.2}
STOPPING = {"monitor": "val_loss", "patience": 1, "restore_best": True}
PLATEAU = {"name": "plateau", "monitor": "val_loss", "factor": 0.5, "patience": 1, "min_lr": 0.0}


class Killed(BaseException):
    """What the process of a test gets instead of a SIGKILL."""


def digits_run(architecture="mnist_cnn", **recipe):
    chosen = {"lr": 0.05, "loss": "categorical_crossentropy", "batch_size": 128, "epochs": EPOCHS}
    return Run.model_validate({"dataset": "mnist", "architecture": architecture, "recipe": chosen | recipe})


def housing_run(**recipe):
    chosen = {"lr": 0.01, "loss": "mse", "batch_size": 128, "epochs": EPOCHS, "standardise": True}
    return Run.model_validate({"dataset": "boston_housing", "architecture": "conv1d", "recipe": chosen | recipe})


def train(run, records, checkpoint=None, kill=None):
    """Trains, unless it is killed: `kill` is an epoch, and whether in the middle of it rather than after."""
    import keras

    keras.utils.set_random_seed(run.seed)
    epoch, midway = kill or (0, False)

    class Killer(keras.callbacks.Callback):
        def on_epoch_begin(self, index, logs=None):
            self.doomed = index + 1 == epoch and midway

        def on_train_batch_end(self, batch, logs=None):
            # of small batches a whole epoch is one execution
            if self.doomed and batch >= 1:
                raise Killed

    def on_epoch(row):
        seen.append(row)
        if row["epoch"] == epoch and not midway:
            raise Killed

    seen = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trainer, "progress_callback", lambda *_: Killer())
        trained = trainer.train(run, records.records, schema.read(records.records), FOLDS, on_epoch, checkpoint)
    assert seen == trained.history, "a tracker gets the whole history"
    return trained


def result(trained, folder):
    saving.save(trained.model, folder / "model.keras")
    saving.save_history(trained.history, folder / "history.csv")
    return [(folder / name).read_bytes() for name in ("model.keras", "history.csv")] + [trained.best_epoch]


@pytest.fixture
def place(tmp_path, monkeypatch):
    """Where a checkpoint lies; it is written every epoch, however long that takes."""
    monkeypatch.setattr(checkpoints, "SHARE", float("inf"))
    return tmp_path / "checkpoints" / "code-recipe.npz"


@pytest.mark.parametrize(
    ("data", "run"),
    [
        ("digits", digits_run(optimizer="adam", schedule=PLATEAU, augmentation=AUGMENTATION)),
        ("digits", digits_run("wrn_10_2", optimizer="sgd", momentum=0.9)),
        ("digits", digits_run(optimizer="adam", mixup=0.4, cutmix=1.0, label_smoothing=0.1)),
        ("housing", housing_run(optimizer="adadelta", lr=1.0, early_stopping=STOPPING)),
        ("housing", housing_run(optimizer="rmsprop", schedule={"name": "cosine"}, early_stopping=STOPPING)),
        (
            "housing",
            housing_run(optimizer="adam", schedule={"name": "exponential", "decay_steps": 5, "decay_rate": 0.5}),
        ),
    ],
    ids=["plateau", "batch norm", "mixed", "constant", "cosine", "exponential"],
)
def test_killed_in_and_after_every_epoch_it_ends_in_the_same_bytes(request, data, run, place, tmp_path, capsys):
    records = request.getfixturevalue(data)
    undisturbed = train(run, records)
    for epoch, midway in itertools.product(range(1, len(undisturbed.history) + 1), (True, False)):
        capsys.readouterr()
        with pytest.raises(Killed):
            train(run, records, checkpoints.Checkpoint(place), (epoch, midway))
        assert capsys.readouterr().out == (f"resumes after epoch {epoch - 1} of {EPOCHS}\n" if epoch > 1 else "")
    resumed = train(run, records, checkpoints.Checkpoint(place))
    assert resumed.resumed == len(undisturbed.history), "nothing is trained a second time"
    assert result(resumed, tmp_path) == result(undisturbed, tmp_path)


def test_after_early_stopping_no_epoch_is_trained(housing, place, tmp_path):
    # so high that the first epoch is the best
    run = housing_run(optimizer="adam", lr=5.0, epochs=30, early_stopping=STOPPING)
    undisturbed = train(run, housing)
    assert undisturbed.best_epoch < len(undisturbed.history) < 30
    with pytest.raises(Killed):
        train(run, housing, checkpoints.Checkpoint(place), (len(undisturbed.history), False))
    resumed = train(run, housing, checkpoints.Checkpoint(place))
    assert resumed.resumed == len(undisturbed.history)
    assert result(resumed, tmp_path) == result(undisturbed, tmp_path)


SIGKILLED = """
import os, signal, sys
from pathlib import Path
from cnnbench.backend import runtime
from cnnbench.config import Run
from cnnbench.data.records import schema
from cnnbench.training import checkpoints, trainer

run, folder, place = Run.model_validate_json(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])
checkpoints.SHARE = float("inf")
runtime.configure("cpu", 1, run.seed)
kill = lambda row: row["epoch"] == 2 and os.kill(os.getpid(), signal.SIGKILL)
folds = {"train": [2, 3, 4, 5, 6, 7, 8, 9], "val": [1]}
trainer.train(run, folder, schema.read(folder), folds, kill, checkpoints.Checkpoint(place))
"""


def test_sigkill_of_a_process(digits, place, tmp_path):
    run = digits_run(optimizer="adam", augmentation=AUGMENTATION)
    arguments = [sys.executable, "-c", SIGKILLED, run.model_dump_json(), str(digits.records), str(place)]
    killed = subprocess.run(arguments, env=os.environ | {"PYTHONPATH": "src"}, check=False)
    assert killed.returncode == -signal.SIGKILL
    resumed = train(run, digits, checkpoints.Checkpoint(place))
    assert resumed.resumed == 2
    assert result(resumed, tmp_path) == result(train(run, digits), tmp_path)
