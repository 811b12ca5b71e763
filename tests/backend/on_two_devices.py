"""Trains on one device and on two, which share each batch: on_two_devices.py <folder of records> <result>.

A process of its own: TensorFlow takes virtual devices only before its first use.
"""

import contextlib
import json
import sys
from pathlib import Path

import numpy as np
import tensorflow as tf

from cnnbench.backend import feeding, on_tensorflow, runtime, sharing
from cnnbench.config import Run
from cnnbench.core.errors import UserError
from cnnbench.data.records import schema
from cnnbench.data.records.batching import Batches
from cnnbench.data.records.reader import Examples
from cnnbench.training import trainer
from cnnbench.training.checkpoints import Checkpoint

BOTH = ["CPU:0", "CPU:1"]
RUN = {
    "dataset": "mnist",
    "architecture": "plain_cnn",  # without dropout, which draws for each device
    "quick": {},
    "recipe": {"lr": 0.001, "loss": "sparse_categorical_crossentropy", "batch_size": 48, "epochs": 3},
}


def find_folds(folder):
    """Of an even number of training examples, of which two devices leave none out, and an odd one to validate."""
    size = {fold: len(Examples(folder, schema.read(folder), [fold])) for fold in range(10)}
    odd = next(fold for fold in size if size[fold] % 2)
    even = [fold for fold in size if not size[fold] % 2]
    return {"train": even, "val": [odd]}


class KilledError(Exception):
    """A training was."""


def train(folder, devices, checkpoint=None, last=None, **recipe):
    """Trains a run, to the end or until it is killed after an epoch."""
    import keras

    def on_epoch(row):
        if row["epoch"] == last:
            raise KilledError

    on_tensorflow.sharing[:] = devices
    keras.utils.set_random_seed(0)
    run = Run.model_validate(RUN | {"recipe": RUN["recipe"] | recipe})
    with sharing.together(run.recipe.batch_size):
        trained = trainer.train(run, folder, schema.read(folder), find_folds(folder), on_epoch, checkpoint)
    return trained.history, trained.model.get_weights()


def parts(examples, size, seed):
    """How many examples of each batch of an epoch each device has, and all of them."""
    batches = Batches(np.arange(examples)[:, None], size=size, seed=seed, multiple=2)
    strategy = tf.distribute.MirroredStrategy(BOTH)
    seen = []
    for _, (batch,) in zip(
        range(batches.steps), strategy.experimental_distribute_dataset(feeding.feed(batches)), strict=False
    ):
        seen.append([part.numpy()[:, 0].tolist() for part in strategy.experimental_local_results(batch)])
    return seen


def main(folder, result):
    cpu = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
    runtime.configure("cpu", 1, 0)
    (one, weights), (two, shared), (_, again) = (train(folder, devices) for devices in ([], BOTH, BOTH))
    found = {
        "one": one,
        "two": two,
        "difference": max(float(np.abs(a - b).max()) for a, b in zip(weights, shared, strict=True)),
        "repeats": all(np.array_equal(a, b) for a, b in zip(shared, again, strict=True)),
        "training": parts(33, 16, 7),
        "validation": parts(33, sharing.batch_size(33, 16), None),
    }
    checkpoint = Checkpoint(Path(result).with_suffix(".npz"))
    with contextlib.suppress(KilledError):
        train(folder, BOTH, checkpoint, last=2)
    found["resumes"] = all(
        np.array_equal(a, b) for a, b in zip(shared, train(folder, BOTH, checkpoint)[1], strict=True)
    )
    try:
        train(folder, BOTH, batch_size=33)
    except UserError as error:
        found["refused"] = str(error)
    Path(result).write_text(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
