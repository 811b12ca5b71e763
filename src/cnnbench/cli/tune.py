"""Choose a run's recipe on validation data, and write it into params.yaml.

It trains the run again and again: first with the recipe as it is, then with other values of the knobs that are listed
before it starts, in the ranges that `search:` of the run states, or in default ones (docs/tuning.md). Optuna proposes
the values (TPE) and ends a trial early whose validation loss is not among the best third after a ninth or a third of
its epochs (successive halving). Each trial is an MLflow run. The test part is not read.

The recipe of the trial with the least validation loss (log loss, or mean squared error) becomes `tuned:` of the run in
params.yaml, the number of trials `trials:`, and all trials a table, tuning/<run>.csv. Commit both.

Interrupted or killed, the same command goes on where it was. More --trials go on, too; the same --seed and number give
the same trials.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from cnnbench.cli import _terminal

if TYPE_CHECKING:
    from cnnbench.tuning.searching import Search
    from cnnbench.tuning.study import Trial


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options."""
    _terminal.add_run(parser)
    parser.add_argument("--trials", type=_count, default=20, metavar="N", help="in all; default: %(default)s")
    parser.add_argument("--budget", type=_minutes, metavar="MINUTES", help="start no trial after so many")
    parser.add_argument("--seed", type=_seed, default=0, metavar="N", help="of the proposals; default: %(default)s")
    parser.add_argument("--replace", action="store_true", help="write in place of a tuned: that is there")
    _terminal.add_path(parser, "--params", "FILE", "params.yaml")


def run(arguments: argparse.Namespace) -> int:
    """Searches, and writes the recipe."""
    from cnnbench import config
    from cnnbench.planning import tuned_file
    from cnnbench.tuning import searching, space, study, trials_table

    until = time.monotonic() + 60 * arguments.budget if arguments.budget else float("inf")
    name, wanted = arguments.name, arguments.trials
    params = config.load(arguments.params)
    planned = searching.plan(params, name, arguments.seed)
    tuned_file.check(arguments.params, name, replace=arguments.replace)
    _print_space(planned)

    trials = searching.conduct(planned, wanted, until, _Lines(wanted, planned.run.recipe.epochs))
    if len(trials) < wanted:
        _terminal.say(
            f"{len(trials)} of {wanted} trials are done after {arguments.budget:g} minutes, nothing is written yet: "
            "the same command goes on with the next."
        )
        return 0
    chosen = study.best(trials)
    path = Path("tuning", f"{name}.csv")
    trials_table.write(path, trials, chosen)
    _terminal.say(f"All trials: {path}, and in MLflow under cnnbench.study = {planned.study!r}.")
    if chosen is None or chosen.number == 0:
        _terminal.say("No trial was better than the recipe itself: params.yaml stays as it is.")
        return 0
    changes = space.changes(params.runs[name].recipe, planned.run.recipe, chosen.values)
    tuned_file.write(arguments.params, name, changes, len(trials))
    first = trials[0].loss
    before = "diverged" if first is None else f"{first:.4g}"
    _terminal.say(f"Trial {chosen.number} has a validation loss of {chosen.loss:.4g}; the recipe itself: {before}.")
    _terminal.say(
        f"Written to {arguments.params} as tuned: of {name}. See it: `git diff {arguments.params}`. "
        f"Train with it: `dvc exp run -S recipe=tuned evaluate@{name}`."
    )
    return 0


def _print_space(planned: Search) -> None:
    listed = _terminal.table("knob", "searched", "the recipe's")
    for knob in planned.space.knobs:
        start = f"{knob.start:g}" if isinstance(knob.start, float) else knob.start
        listed.add_row(knob.name, str(knob), start)
    console = _terminal.console()
    console.print(listed)
    console.print()
    for name, reason in planned.space.left_out.items():
        console.print(f"{name} is not searched: {reason}.")


class _Lines:
    """One line per trial; in a terminal, the epoch of the one that runs."""

    def __init__(self, wanted: int, epochs: int) -> None:
        self._wanted, self._epochs, self._live = wanted, epochs, sys.stdout.isatty()

    def start(self, done: int) -> None:
        if done:
            _terminal.say(f"Goes on after {min(done, self._wanted)} of {self._wanted} trials.")

    def epoch(self, number: int, epoch: int) -> None:
        if self._live:
            print(f"\rtrial {number}: epoch {epoch} of {self._epochs}", end="", flush=True)

    def end(self, trial: Trial) -> None:
        if self._live:  # clears the line
            print("\r\x1b[K", end="")
        _terminal.say(_describe(trial))


def _describe(trial: Trial) -> str:
    """One line about a trial."""
    values = ", ".join(
        f"{name} {value:g}" if isinstance(value, float) else f"{name} {value}" for name, value in trial.values.items()
    )
    epochs = f"{trial.epochs} epoch{'s' if trial.epochs != 1 else ''}"
    if trial.loss is None:
        return f"trial {trial.number}: {values}: {trial.state} after {epochs}"
    figures = "".join(f", {name} {value:.4g}" for name, value in trial.figures.items())
    return f"trial {trial.number}: {values}: val loss {trial.loss:.4g}{figures}, {epochs}"


def _count(text: str) -> int:
    return int(_number(text, "a number of trials from 1 to 10000", range(1, 10_001)))


def _seed(text: str) -> int:
    return int(_number(text, "a seed from 0 to 2^31 - 1", range(2**31)))


def _minutes(text: str) -> float:
    return _number(text, "minutes above 0", None)


def _number(text: str, what: str, allowed: range | None) -> float:
    try:
        value = float(text) if allowed is None else int(text)
    except ValueError:
        value = -1
    # a comparison that holds for no NaN
    if not (0 < value < float("inf") if allowed is None else value in allowed):
        raise argparse.ArgumentTypeError(f"Expected {what}, received {text!r}.")
    return value
