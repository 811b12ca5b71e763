"""Repeats of runs: which seeds and folds are missing in params.yaml, and the lines that add them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from cnnbench import config
from cnnbench.config import FIXED, FOLDS, Params
from cnnbench.core.errors import UserError
from cnnbench.data import sets
from cnnbench.planning import params_file

SMALL = 1000
"""Sets with fewer examples are cross-validated in `profile: full` unless folds are named."""

Folds = Sequence[int] | Literal["all"] | None


class Repeat(NamedTuple):
    """A run to add.

    Attributes:
        name: Its own.
        of: The run that it repeats.
        seed: Of its training.
        fold: Its first test fold.
        after: The run whose lines it is to follow.
    """

    name: str
    of: str
    seed: int
    fold: int
    after: str


def plan(
    knobs: Params, names: Collection[str] = (), seeds: Sequence[int] | None = None, folds: Folds = None
) -> list[Repeat]:
    """The repeats that are asked for and that are not there yet, in the order of params.yaml.

    Runs that differ in nothing but seed and fold are repeats of the first of them, so that asking for a repeat of a
    repeat, or twice for the same, adds nothing.

    Args:
        knobs: The whole of params.yaml.
        names: Runs to repeat; none means all.
        seeds: Of the trainings; None means the run's own.
        folds: First test folds; "all" as far as the split has them; None means all for a set of under `SMALL`
            examples in `profile: full`, and else the run's own.

    Raises:
        UserError: A run, a seed or a fold does not exist, or a name is taken.
    """
    _check(knobs, names, seeds or (), () if folds is None or folds == "all" else folds)
    families: dict[str, list[str]] = {}
    for name in knobs.runs:
        first = next((known for known in families if _same(knobs, known, name)), name)
        families.setdefault(first, []).append(name)
    wanted = {first for first, members in families.items() if not names or set(members) & set(names)}
    return [
        repeat for first in families if first in wanted for repeat in _missing(knobs, families[first], seeds, folds)
    ]


def write(path: Path, repeats: Sequence[Repeat]) -> None:
    """Adds the repeats to params.yaml, each after the run that it repeats; all other lines stay as they are.

    A repeat is one line, `name: {<<: *run, seed: 1, fold: 0}`: it merges the run that it repeats, which gets an anchor.

    Raises:
        UserError: The runs do not stand in the file one below the other, each under its name.
    """

    def edit(sheet: params_file.Sheet) -> None:
        for repeat in repeats:
            merged = f"<<: *{sheet.anchor(repeat.of)}, seed: {repeat.seed}, fold: {repeat.fold}"
            sheet.add(repeat.after, f"{params_file.key(repeat.name)}: {{{merged}}}")

    knobs = config.load(path)
    params_file.write(path, edit, {repeat.name: _turned(knobs, repeat) for repeat in repeats})


def _check(knobs: Params, names: Iterable[str], seeds: Iterable[int], folds: Iterable[int]) -> None:
    for name in names:
        if name not in knobs.runs:
            raise UserError(f"Expected a run among {', '.join(knobs.runs)}, received {name!r}.")
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


def _same(knobs: Params, first: str, second: str) -> bool:
    """Whether two runs differ in nothing but seed and fold; what a publication says of them is no difference."""
    alike = {"seed": 0, "fold": 0, "published": ""}
    return knobs.runs[first].model_copy(update=alike) == knobs.runs[second].model_copy(update=alike)


def _missing(knobs: Params, members: list[str], seeds: Sequence[int] | None, folds: Folds) -> Iterator[Repeat]:
    first, order = members[0], list(knobs.runs)
    run = knobs.runs[first]
    there = {(knobs.runs[name].seed, knobs.runs[name].fold) for name in members}
    after = first  # repeats follow those that stand right after the run
    while order.index(after) + 1 < len(order) and order[order.index(after) + 1] in members:
        after = order[order.index(after) + 1]
    for seed in dict.fromkeys([run.seed] if seeds is None else seeds):
        for fold in dict.fromkeys(_folds(knobs, first, folds)):
            if (seed, fold) in there:
                continue
            name = f"{first}-s{seed}-f{fold}"
            if name in knobs.runs:
                raise UserError(
                    f"Expected {name} in params.yaml to be {first} with seed {seed} and fold {fold}, received another "
                    "run; rename it."
                )
            yield Repeat(name, first, seed, fold, after)


def _folds(knobs: Params, name: str, folds: Folds) -> Sequence[int]:
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
    if FOLDS % tested:
        raise UserError(
            f"Expected split.test in params.yaml to divide 1 so that folds can turn, received {knobs.split.test:g}; "
            "name folds, or set it to 0.1, 0.2 or 0.5."
        )
    return sorted((run.fold + step) % FOLDS for step in range(0, FOLDS, tested))


def _is_small(knobs: Params, dataset: str) -> bool:
    counts = (knobs.data(dataset).examples, sets.get(knobs.datasets[dataset].definition).expected)
    return min((count for count in counts if count), default=SMALL) < SMALL


def _turned(knobs: Params, repeat: Repeat) -> config.Run:
    return knobs.runs[repeat.of].model_copy(update={"seed": repeat.seed, "fold": repeat.fold})
