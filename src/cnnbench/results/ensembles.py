"""Ensembles: the mean of what the seeds of an entry predict, as one classifier or regression of its own.

Nothing is trained for it. Members are the seeds of one entry, all of them; with several folds each example is predicted
by the networks that it is a test example of. The threshold and the temperature are chosen on validation data once more,
for the means of the members' validation scores: a mean of sure networks is less sure, so theirs would not fit.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from cnnbench.core.errors import UserError
from cnnbench.metrics import calibration, operating_point
from cnnbench.results.ensemble_result import EnsembleResult
from cnnbench.results.entries import Entry
from cnnbench.results.reading import AGAIN, rows
from cnnbench.results.run_result import RunResult
from cnnbench.runs.record import Evaluation, Problem

VALIDATION = "validation.csv"


def names(entries: Iterable[Entry]) -> dict[str, Entry]:
    """The entry behind each ensemble that can be made: of all seeds of an entry that has two or more."""
    return {f"{entry.name} ensemble of {len(entry.seeds)} seeds": entry for entry in entries if len(entry.seeds) > 1}


def gather(entries: Iterable[Entry]) -> list[Entry]:
    """The ensemble of each entry of runs with two seeds or more, as an entry of its own.

    Raises:
        UserError: Predictions are missing or damaged.
    """
    return [make(name, entry) for name, entry in names(entries).items()]


def make(name: str, entry: Entry) -> Entry:
    """The ensemble of this name; see `names` and `gather`."""
    runs = [result for result in entry.results if isinstance(result, RunResult)]
    folds = {fold: [run for run in runs if run.fold == fold] for fold in entry.folds}
    chosen = {fold: _choose(members) for fold, members in folds.items()}
    frame = entry.predictions[0].copy()
    columns = [f"score_{index}" for index in range(len(entry.record.classes))] or ["prediction"]
    frame[columns] = np.mean([one[columns].to_numpy(np.float64) for one in entry.predictions], axis=0)
    frame["threshold"] = np.nan
    for fold, members in folds.items():
        frame.loc[frame["id"].isin(members[0].predictions["id"]), "threshold"] = chosen[fold].get("threshold", np.nan)
    first, size = runs[0], len(entry.seeds)
    known = {name: getattr(first, name) for name in (*Problem.model_fields, *Evaluation.model_fields)}
    # Of several folds there is no one threshold or temperature
    known |= {"threshold": None, "temperature": None} | (chosen[first.fold] if len(folds) == 1 else {})
    examples = first.examples | {"test": len(frame)}
    trained = None if first.trained_parameters is None else size * first.trained_parameters
    result = EnsembleResult(
        **known | {"run": name, "examples": examples, "twins": int(frame["twin"].sum())},
        architecture=first.architecture,
        members=entry.name,
        size=size,
        parameters=size * first.parameters,
        trained_parameters=trained,
        flops=size * first.flops,
        weights=first.weights,
        start=first.start,
        trials=first.trials,
    )
    result._frame = frame
    return Entry(name=name, runs=(name,), results=(result,), seeds=(None,), folds=entry.folds)


def _choose(members: Sequence[RunResult]) -> dict[str, float]:
    """Threshold and temperature of the mean of the members' validation scores; neither where one has kept none."""
    first = members[0]
    if not first.classes or not all((member.folder / VALIDATION).exists() for member in members):
        return {}
    found = [_validation(member) for member in members]
    labels = found[0][0]
    # All predicted the same part in the same order, unless a table was cut short
    if not len(labels) or not all(np.array_equal(labels, other) for other, _ in found):
        return {}
    scores = np.mean([scores for _, scores in found], axis=0)
    chosen = {"temperature": calibration.fit_temperature(labels, scores)}
    if len(first.classes) == 2 and first.has_threshold:
        sensitivity = first.recipe.sensitivity
        chosen["threshold"] = operating_point.choose_threshold(labels, scores[:, 1], sensitivity)
    return chosen


def _validation(member: RunResult) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    columns = tuple(f"score_{index}" for index in range(len(member.classes)))
    table = rows(member.folder / VALIDATION, ("label", *columns), ("label", *columns))
    known = {str(index): index for index in range(len(member.classes))}
    if others := {row["label"] for row in table} - known.keys():
        raise UserError(
            f"Expected labels 0 to {len(known) - 1} in {member.folder / VALIDATION}, received {min(others)}; {AGAIN}."
        )
    labels = np.array([known[row["label"]] for row in table], np.int64)
    return labels, np.array([[float(row[name]) for name in columns] for row in table], np.float64)
