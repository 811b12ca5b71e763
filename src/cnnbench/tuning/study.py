"""The trials of one search: Optuna proposes them, a file of SQLite keeps those that have ended.

A trial enters the file once it has ended, whole. So one that is killed is not there, and is proposed again: what comes
next depends on the seed, the trial's number and the trials before it alone. Its epochs are in a checkpoint.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from filelock import FileLock, Timeout

from cnnbench.core.errors import UserError
from cnnbench.tuning.space import Knob, Values, rounded

if TYPE_CHECKING:
    import optuna

_RANDOM = 5  # trials before the others are drawn where the best ones were
_SHARE = 3  # of the trials that reach a rung, one in so many goes on
_NAME = "cnnbench"


class Trial(NamedTuple):
    """A trial that has ended.

    Attributes:
        number: From 0, which is the recipe itself.
        values: Of the knobs.
        state: complete, pruned (others were better by that epoch), or diverged (the loss was no longer finite).
        epochs: That were trained.
        best_epoch: Of the weights that were measured.
        loss: On validation data, without penalties and smoothing; None where it is not complete.
        figures: Others on validation data, by name.
    """

    number: int
    values: Values
    state: str
    epochs: int
    best_epoch: int | None
    loss: float | None
    figures: dict[str, float]


class Study:
    """The trials of a search, those on disk and the one that runs."""

    def __init__(self, path: Path, knobs: tuple[Knob, ...], seed: int, epochs: int) -> None:
        """Opens the file, or makes it.

        Args:
            path: Of the SQLite file.
            knobs: That are searched.
            seed: Of the proposals.
            epochs: Of a whole training; a trial may be stopped at a ninth and at a third of them.
        """
        import optuna

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        self._path, self._knobs, self._seed = path, knobs, seed
        # reduction by thirds: rungs at a ninth, a third and the end
        pruner = optuna.pruners.SuccessiveHalvingPruner(max(epochs // _SHARE**2, 1), _SHARE)
        self._live = optuna.create_study(study_name=_NAME, pruner=pruner)
        with self._one_line("remove it, and the search starts over"):
            self._storage = optuna.storages.RDBStorage(f"sqlite:///{path}")
            self._stored = optuna.create_study(study_name=_NAME, storage=self._storage, load_if_exists=True)
            self._live.add_trials(self._stored.get_trials(deepcopy=False))
            _ = self.trials

    def close(self) -> None:
        """Closes the file."""
        self._storage.remove_session()
        self._storage.engine.dispose()

    @property
    def trials(self) -> list[Trial]:
        """Those that have ended, by number."""
        return [self._read(trial) for trial in self._live.get_trials(deepcopy=False) if trial.state.is_finished()]

    def propose(self) -> tuple[optuna.Trial, Values]:
        """The next trial and its values."""
        import optuna

        number = len(self.trials)
        # its own for each trial: a study that goes on draws what an undisturbed one does
        self._live.sampler = optuna.samplers.TPESampler(n_startup_trials=_RANDOM, seed=self._seed + 1000 * number)
        if not number:
            self._live.enqueue_trial({knob.name: knob.start for knob in self._knobs})
        trial = self._live.ask()
        values: Values = {}
        for knob in self._knobs:
            if knob.choices:
                values[knob.name] = trial.suggest_categorical(knob.name, knob.choices)
            else:
                drawn = trial.suggest_float(knob.name, knob.low, knob.high, log=knob.is_log, step=knob.step)
                values[knob.name] = rounded(drawn)
        return trial, values

    def finish(self, trial: optuna.Trial, ended: Trial) -> None:
        """Keeps a trial that has ended."""
        import optuna

        trial.set_user_attr("trial", ended._asdict())
        if ended.loss is None:
            self._live.tell(trial, state=optuna.trial.TrialState.PRUNED)
        else:
            self._live.tell(trial, ended.loss)
        # in one transaction
        with self._one_line("free some space, or look after the disk; the same command goes on"):
            self._stored.add_trial(self._live.get_trials(deepcopy=False)[trial.number])

    @contextmanager
    def _one_line(self, remedy: str) -> Iterator[None]:
        """Says what the file has, or the disk refuses, whatever Optuna, SQLAlchemy or a damaged row make of it."""
        try:
            yield
        except Exception as error:
            reason = str(getattr(error, "orig", None) or error) or type(error).__name__
            raise UserError(
                f"Expected {self._path} with the trials of this search, received {' '.join(reason.split())}: {remedy}."
            ) from None

    def _read(self, trial: optuna.trial.FrozenTrial) -> Trial:
        return Trial(**trial.user_attrs["trial"])


@contextmanager
def opened(path: Path, knobs: tuple[Knob, ...], seed: int, epochs: int) -> Iterator[Study]:
    """Opens a study for this process alone.

    Raises:
        UserError: Another process is at work on it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path.with_suffix(".lock"), timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise UserError(
            f"Expected one search at a time, received another at work on {path}: wait for its end."
        ) from None
    try:
        study = Study(path, knobs, seed, epochs)
        try:
            yield study
        finally:
            study.close()
    finally:
        lock.release()


def best(trials: list[Trial]) -> Trial | None:
    """The complete trial with the least loss, the first of several; None where none is complete."""
    complete = [trial for trial in trials if trial.loss is not None and math.isfinite(trial.loss)]
    return min(complete, key=lambda trial: (trial.loss, trial.number), default=None)


def as_cells(trial: Trial) -> dict[str, Any]:
    """A trial as a row of a table."""
    return {
        "trial": trial.number,
        **trial.values,
        "state": trial.state,
        "epochs": trial.epochs,
        "best_epoch": trial.best_epoch,
        "val_loss": trial.loss,
        **{f"val_{name}": value for name, value in trial.figures.items()},
    }
