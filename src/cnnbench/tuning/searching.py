"""The trials of a run, one after the other: proposed, trained, logged, kept."""

from __future__ import annotations

import hashlib
import json
import logging
import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple, Protocol

from cnnbench import tracking
from cnnbench.backend import runtime
from cnnbench.config import Params, Run
from cnnbench.core import files, paths
from cnnbench.data.records import schema
from cnnbench.data.records.schema import Records
from cnnbench.features import feature_files as features
from cnnbench.runs import recording
from cnnbench.training.checkpoints import Row
from cnnbench.tuning import space, study, trial
from cnnbench.tuning.space import Space
from cnnbench.tuning.study import Study, Trial
from cnnbench.weights import weight_files as weights
from cnnbench.weights.weight_files import Origin


class Search(NamedTuple):
    """A search that is planned.

    Attributes:
        run: With the recipe that the profile and the top level of params.yaml leave.
        records: Of its data.
        start: Folder of the weights that it starts from; None where the seed draws them.
        origin: Of these weights.
        seed: Of the proposals.
        path: Of the file with the trials.
    """

    params: Params
    name: str
    run: Run
    space: Space
    records: Records
    start: Path | None
    origin: Origin | None
    seed: int
    path: Path

    @property
    def study(self) -> str:
        """Names the trials that belong together in MLflow."""
        return f"{self.name} {self.path.stem}"


def plan(params: Params, name: str, seed: int) -> Search:
    """Plans the search of a run; the same run, data, ranges and seed have the same file.

    Raises:
        UserError: There is no such run, its records are not there, or it has nothing to search.
    """
    # what is tuned is the recipe, also where an earlier choice is in use
    params = params.model_copy(update={"recipe": "published"})
    run = params.run(name)
    folder = Path("data/records", run.dataset)
    records = schema.read(folder)
    start = params.start_of(run)
    origin = weights.read(start).origin if start else None
    given = (
        [files.sha256(path) for path in (start / weights.WEIGHTS, start / features.FILE) if path.is_file()]
        if start
        else []
    )
    planned = space.plan(params, name, records.shape)
    chosen = [
        run.model_dump(include={"architecture", "weights", "seed", "fold", "recipe"}),
        [files.sha256(folder / schema.FILE), *given],
        records.parts(params.split, run.fold),
        [knob._asdict() for knob in planned.knobs],
        [params.device, params.threads, seed],
        # each may change what is proposed, or what comes of it
        {package: runtime.installed_version(package) for package in ("keras", params.backend, "optuna")},
    ]
    key = hashlib.sha256(json.dumps(chosen, sort_keys=True).encode()).hexdigest()[:12]
    path = paths.repository() / ".cnnbench" / "tune" / name / f"{key}.db"
    return Search(params, name, run, planned, records, start, origin, seed, path)


class Watcher(Protocol):
    """Is told what happens."""

    def start(self, done: int) -> None:
        """Called once, with the number of trials that are there."""

    def epoch(self, number: int, epoch: int) -> None:
        """Called after each epoch of a trial."""

    def end(self, trial: Trial) -> None:
        """Called with each trial that was trained."""


def conduct(search: Search, wanted: int, until: float, watcher: Watcher) -> list[Trial]:
    """Trains until there are so many trials.

    Args:
        search: As planned.
        wanted: The number of trials, those of earlier processes included.
        until: Of `time.monotonic`: no trial is started after it.
        watcher: Is told of each trial that is trained here.

    Returns:
        The first `wanted` trials, or those that are there.

    Raises:
        UserError: Network or recipe do not fit the data, or another process is at work on the same search.
    """
    params, run = search.params, search.run
    with study.opened(search.path, search.space.knobs, search.seed, run.recipe.epochs) as trials:
        done = len(trials.trials)
        watcher.start(done)
        settings = runtime.configure(params.device, params.threads, run.seed, params.backend) if done < wanted else {}
        # it takes the many models for one that is traced over and over
        logging.getLogger("tensorflow").setLevel(logging.ERROR)
        while len(trials.trials) < wanted and time.monotonic() < until:
            watcher.end(_try(search, trials, settings, watcher))
        return trials.trials[:wanted]


def _try(search: Search, trials: Study, settings: Mapping[str, str | int], watcher: Watcher) -> Trial:
    """Trains the next trial, as an MLflow run of its own."""
    proposed, values = trials.propose()
    number = proposed.number
    recipe = space.apply(search.run.recipe, values) if number else search.run.recipe
    run = search.run.model_copy(update={"recipe": recipe})
    folder = Path("data/records", run.dataset)
    folds = search.records.parts(search.params.split, run.fold)
    # the test folds are not even named
    folds = {part: folds[part] for part in ("train", "val")}
    planned = recording.plan(search.params, search.name, search.records, search.origin)
    planned = planned.model_copy(update={"recipe": recipe, "recipe_name": "trial"})

    with tracking.Tracker() as tracker:
        tracker.start_trial(planned, settings, search.study, number)

        def on_epoch(row: Row) -> None:
            tracker.log_epoch(row)
            watcher.epoch(number, int(row["epoch"]))
            proposed.report(float(row["val_loss"]), int(row["epoch"]))
            # the recipe itself is what all others are compared with
            if number and proposed.should_prune() and int(row["epoch"]) < recipe.epochs:
                raise trial.PrunedError

        outcome = trial.train(search.name, run, folder, search.records, folds, settings, search.start, on_epoch)
        ended = Trial(number, values, *outcome)
        tracker.finish_trial(outcome.state, {"val_log_loss" if search.records.classes else "val_mse": outcome.loss})
        trials.finish(proposed, ended)
    return ended
