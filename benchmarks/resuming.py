"""Does a killed training end in the bytes of an undisturbed one, and what do its checkpoints cost?

`python benchmarks/resuming.py [kills|costs]` prints a table of each, and exits with code 1 where bytes differ or a
training pays more than 3 %.

Kills: a small network on 400 digits, with dropout, augmentation and early stopping. Each training is a process of its
own, which SIGKILL ends in the middle of an epoch or after it; another process resumes.

Costs: of the published networks, at their published input, batch and optimiser, for an epoch of the published training
set. Run it on a machine that does nothing else.
"""

from __future__ import annotations

import argparse
import itertools
import math
import multiprocessing
import os
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from cnnbench import config, networks
from cnnbench.backend import environment, runtime
from cnnbench.config import Data, Run, Split
from cnnbench.data import download
from cnnbench.data.cache import writer
from cnnbench.data.records import schema
from cnnbench.data.split import split_file
from cnnbench.training import checkpoints, optimizers, phases, resuming, saving, starting, stopping, trainer

EPOCHS = 3
FOLDS = {"train": [2, 3, 4, 5, 6, 7, 8, 9], "val": [1]}
AUGMENTATION = {"flip": "horizontal", "rotation": 0.1, "zoom": 0.1, "shift": 0.1, "fill": "nearest", "contrast": 0.2}
RATES = {"adam": 0.003, "rmsprop": 0.003, "adadelta": 1.0}
SCHEDULES: dict[str, dict[str, Any]] = {
    "constant": {},
    "exponential": {"decay_steps": 5, "decay_rate": 0.5},
    "cosine": {},
    "plateau": {"monitor": "val_loss", "factor": 0.5, "patience": 1, "min_lr": 0.0},
}
KILLS = [(epoch, midway) for epoch in range(1, EPOCHS + 1) for midway in (True, False)]

# of the published sets: input, classes and training examples
PUBLISHED: dict[str, tuple[tuple[int, ...], int, int]] = {
    "boston_housing-conv1d": ((13, 1), 0, 405),
    "mnist-mnist_cnn": ((28, 28, 1), 10, 54_000),
    "chest_xray-chest_cnn": ((180, 180, 3), 2, 4_684),
    "brain_tumor-vgg16": ((224, 224, 3), 4, 5_618),
    "patch_camelyon-pcam_cnn": ((96, 96, 3), 2, 262_144),
}
BUDGET, ROUNDS = 1.0, 10  # seconds after which nothing is timed again, and the most rounds


def train(run: Run, records: Path, folder: Path, kill: tuple[int, bool] | None) -> None:
    """Trains in this process, which dies in or after an epoch, or writes model and history."""
    runtime.configure("cpu", 2, run.seed)
    import keras

    checkpoints.SHARE = math.inf
    epoch, midway = kill or (0, False)

    def die(number: int, *, within: bool) -> None:
        if (number, within) == (epoch, midway):
            os.kill(os.getpid(), signal.SIGKILL)

    class Killer(keras.callbacks.Callback):  # type: ignore[misc]
        def on_epoch_begin(self, index: int, logs: Any = None) -> None:  # noqa: ARG002
            self.number = index + 1

        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:  # noqa: ARG002
            if batch == 1:
                die(self.number, within=True)

    trainer.progress_callback = lambda *_: Killer()  # type: ignore[attr-defined]
    sys.stdout = Path(os.devnull).open("w")  # noqa: SIM115 - until the process ends
    trained = trainer.train(
        run,
        records,
        schema.read(records),
        FOLDS,
        lambda row: die(int(row["epoch"]), within=False),
        checkpoints.Checkpoint(folder / "checkpoints" / "code-recipe.npz"),
    )
    saving.save(trained.model, folder / "model.keras")
    saving.save_history(trained.history, folder / "history.csv")


def train_apart(*arguments: Any) -> int:
    """Trains in a process of its own; returns its exit code, -9 for a SIGKILL."""
    # a server that has TensorFlow imported, but not begun, forks them: they spare the import
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tensorflow", "keras", "cnnbench.training.trainer"])
    process = context.Process(target=train, args=arguments)
    process.start()
    process.join()
    return process.exitcode or 0


def content(folder: Path) -> list[bytes]:
    """The files of a training."""
    return [(folder / name).read_bytes() for name in ("model.keras", "history.csv")]


def compare(run: Run, records: Path) -> list[str]:
    """Kills a training at each point, lets it resume, and compares it with an undisturbed one."""
    cells = []
    with tempfile.TemporaryDirectory() as temporary:
        undisturbed = Path(temporary, "undisturbed")
        train_apart(run, records, undisturbed, None)
        epochs = len((undisturbed / "history.csv").read_text().splitlines()) - 1
        for epoch, midway in KILLS:
            folder = Path(temporary, f"{epoch}-{midway}")
            if epoch > epochs:
                cells.append("stopped early")
                continue
            killed = train_apart(run, records, folder, (epoch, midway))
            resumed = train_apart(run, records, folder, None)
            same = (killed, resumed) == (-signal.SIGKILL, 0) and content(folder) == content(undisturbed)
            cells.append("equal" if same else "DIFFERENT")
    return cells


def table_of_kills(console: Console) -> bool:
    """Prints what became of each killed training; returns whether all are equal."""
    environment.pin()
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    points = [f"in {epoch}" if midway else f"after {epoch}" for epoch, midway in KILLS]
    table = Table("optimizer", "schedule", *points, title="Killed in or after an epoch, and resumed")
    rows = []
    with tempfile.TemporaryDirectory() as temporary:
        raw, records = Path(temporary, "raw"), Path(temporary, "mnist")
        download.fetch("mnist", Data(source="packaged", examples=400, size=28), raw)
        writer.write(raw, split_file.make(raw, Split(train=0.8, val=0.1, test=0.1, seed=0)), records, (28, 28))
        pairs = list(itertools.product(RATES, SCHEDULES))
        runs = []
        for optimizer, schedule in pairs:
            recipe = {
                "optimizer": optimizer,
                "lr": RATES[optimizer],
                "schedule": {"name": schedule} | SCHEDULES[schedule],
                "batch_size": 64,
                "epochs": EPOCHS,
                "augmentation": AUGMENTATION,
                "early_stopping": {"monitor": "val_loss", "patience": 1, "restore_best": True},
            }
            runs.append(Run.model_validate({"dataset": "mnist", "architecture": "mnist_cnn", "recipe": recipe}))
        # a thread waits for a process
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            for pair, cells in zip(pairs, pool.map(compare, runs, itertools.repeat(records)), strict=True):
                rows.append(cells)
                table.add_row(*pair, *cells)
                print(*pair, *cells, file=sys.stderr)
    console.print(table)
    return not any("DIFFERENT" in row for row in rows)


def measure(name: str) -> tuple[float, float, float, int]:
    """Seconds of a step and of a write, bytes of a checkpoint, steps of an epoch."""
    import keras

    run = config.load().runs[name]
    shape, classes, examples = PUBLISHED[name]
    recipe, generator = run.recipe, np.random.default_rng(0)
    units, activation = trainer.head(recipe.loss, classes)
    network = networks.build(run.architecture, shape, units, activation, l2=recipe.l2)
    (phase,) = phases.plan(recipe)
    model, batch = starting.with_augmentation(network, recipe, 0), recipe.batch_size
    model.compile(optimizers.build(recipe, phase, -(-examples // batch), model), recipe.loss, jit_compile=False)
    inputs = generator.integers(0, 256, (batch, *shape)).astype(network.inputs[0].dtype)
    labels = generator.integers(0, max(classes, 2), batch)
    targets = keras.utils.to_categorical(labels, classes) if recipe.loss == "categorical_crossentropy" else labels
    model.train_on_batch(inputs, targets)  # traces
    step = _time(lambda: model.train_on_batch(inputs, targets))
    callbacks = stopping.callbacks(recipe, phase)
    for callback in callbacks:
        # the most that there can be: another epoch was the best
        callback.set_model(model)
        if getattr(callback, "restore_best_weights", False):
            callback.best_weights, callback.best_epoch = model.get_weights(), 0
    model.stop_training = False
    row = {"epoch": 1, "loss": 0.1, "val_loss": 0.1, "lr": 0.1}
    with tempfile.TemporaryDirectory() as temporary:
        path = Path(temporary, "checkpoints", "code-recipe.npz")
        # a new one each time, since it writes its first state whatever that costs
        write = _time(
            lambda: checkpoints.Checkpoint(path).write(lambda: resuming.capture(model, callbacks, [row, row]))
        )
        size = path.stat().st_size
    keras.backend.clear_session()
    return step, write, size, math.ceil(examples / batch)


def _time(call: Callable[[], object]) -> float:
    """The median seconds of some calls."""
    seconds: list[float] = []
    while not seconds or (sum(seconds) < BUDGET and len(seconds) < ROUNDS):
        started = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds)


def table_of_costs(console: Console) -> bool:
    """Prints what checkpoints cost; returns whether no training pays more than 3 %."""
    runtime.configure("cpu", 2, 0)
    table = Table("run", "checkpoint", "write", "step", "steps", "epoch", "write / epoch", "written", "cost")
    good = True
    for name in PUBLISHED:
        step, write, size, steps = measure(name)
        epoch = step * steps
        # as Checkpoint.write has it
        every = max(1, math.ceil(write / checkpoints.SHARE / epoch))
        cost = write / (epoch * every)
        good = good and cost <= checkpoints.SHARE
        print(name, step, write, size, file=sys.stderr)
        table.add_row(
            name,
            f"{size / 1e6:,.1f} MB",
            f"{write:.3f} s",
            f"{step:.3f} s",
            f"{steps:,}",
            f"{epoch:,.1f} s",
            f"{write / epoch:.3%}",
            "each epoch" if every == 1 else f"each {every} epochs",
            f"{cost:.3%}",
        )
    console.print(table)
    return good


def main() -> None:
    """Prints both tables, or one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", nargs="?", choices=["kills", "costs"])
    asked = parser.parse_args().table
    console = Console(width=160)
    good = [
        show(console)
        for name, show in {"kills": table_of_kills, "costs": table_of_costs}.items()
        if asked in (None, name)
    ]
    raise SystemExit(not all(good))


if __name__ == "__main__":
    main()
