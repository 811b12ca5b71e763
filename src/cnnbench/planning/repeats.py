"""Repeats of runs: the seeds and folds that params.yaml lacks."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import product, takewhile
from typing import Literal

from cnnbench.config import FIXED, FOLDS, Params
from cnnbench.core.errors import UserError
from cnnbench.data import sets
from cnnbench.planning.params_file import NewRun

SMALL = 1000
"""Data sets with fewer examples are cross-validated in `profile: full` unless folds are named."""

Folds = Sequence[int] | Literal["all"] | None


def plan(
    knobs: Params, names: Collection[str] = (), seeds: Sequence[int] | None = None, folds: Folds = None
) -> list[NewRun]:
    """The requested repeats that params.yaml lacks, in its order.

    Runs that differ only in seed and fold are repeats of the first of them: a repeat of a repeat, or a second request
    for the same, adds nothing.

    Args:
        knobs: The whole of params.yaml.
        names: Runs to repeat; none means all.
        seeds: Of the trainings; None means that of the run.
        folds: First test folds, or "all" of the split; None means all for a data set of under `SMALL` examples in
            `profile: full`, and else that of the run.

    Raises:
        UserError: A run, a seed or a fold does not exist, or another run has the name.
    """
    for name in names:
        knobs.run(name)
    _check_numbers(knobs, seeds or (), () if folds is None or folds == "all" else folds)
    families: dict[str, list[str]] = {}
    for name, run in knobs.runs.items():
        # a published result does not tell repeats apart
        families.setdefault(run.model_dump_json(exclude={"seed", "fold", "published"}), []).append(name)
    wanted = [members for members in families.values() if not names or set(members) & set(names)]
    return [repeat for members in wanted for repeat in _list_missing(knobs, members, seeds, folds)]


def _check_numbers(knobs: Params, seeds: Sequence[int], folds: Sequence[int]) -> None:
    for seed in seeds:
        if not 0 <= seed < 2**32:
            raise UserError(f"Expected seeds from 0 to {2**32 - 1}, received {seed}; name others.")
    for fold in folds:
        if not 0 <= fold < FOLDS:
            raise UserError(f"Expected folds from 0 to {FOLDS - 1}, received {fold}; name others, or all.")
    if seeds and knobs.seed is not None:
        raise UserError(
            f"Expected `seed: null` in params.yaml, received {knobs.seed}, which every run would have; set it to null."
        )


def _list_missing(knobs: Params, members: list[str], seeds: Sequence[int] | None, folds: Folds) -> Iterator[NewRun]:
    first, order = members[0], list(knobs.runs)
    run = knobs.runs[first]
    existing = {(knobs.runs[name].seed, knobs.runs[name].fold) for name in members}
    *_, last = first, *takewhile(members.__contains__, order[order.index(first) + 1 :])  # repeats right after the run
    wanted = product([run.seed] if seeds is None else seeds, _choose_folds(knobs, first, folds))
    for seed, fold in dict.fromkeys(wanted):
        if (seed, fold) in existing:
            continue
        name = f"{first}-s{seed}-f{fold}"
        if name in knobs.runs:
            raise UserError(
                f"Expected {name} in params.yaml to be {first} with seed {seed} and fold {fold}, received another "
                "run; rename it."
            )
        yield NewRun(name, run.model_copy(update={"seed": seed, "fold": fold}), first, last)


def _choose_folds(knobs: Params, name: str, folds: Folds) -> Sequence[int]:
    run = knobs.runs[name]
    protocol = knobs.data(run.dataset).split.protocol
    if folds is None:
        folds = "all" if knobs.profile == "full" and _is_small(knobs, run.dataset) else [run.fold]
    elif protocol in FIXED and folds != "all" and any(folds):
        other = next(fold for fold in folds if fold)
        raise UserError(
            f"Expected fold 0 of {name}, whose test part is {protocol} and does not turn, received {other}; "
            "ask for seeds alone."
        )
    if folds != "all":
        return folds
    if protocol in FIXED:
        return [run.fold]
    tested = round(knobs.split.test * FOLDS)
    # the last turn would test some examples a second time
    if FOLDS % tested:
        raise UserError(
            f"Expected split.test in params.yaml to divide 1 so that folds can turn, received {knobs.split.test:g}; "
            "name folds, or set it to 0.1, 0.2 or 0.5."
        )
    return sorted((run.fold + step) % FOLDS for step in range(0, FOLDS, tested))


def _is_small(knobs: Params, dataset: str) -> bool:
    counts = (knobs.data(dataset).examples, sets.get(knobs.datasets[dataset].definition).expected)
    return min((count for count in counts if count), default=SMALL) < SMALL
