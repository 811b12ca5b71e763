"""Chooses the examples of another data set that a network is tested on: none that it has seen."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cnnbench.config import ExternalTest, Params
from cnnbench.core.errors import UserError
from cnnbench.data.records import schema
from cnnbench.data.records.reader import Examples
from cnnbench.data.records.schema import Records
from cnnbench.external import overlap
from cnnbench.external.classes import LEFT_OUT, map_classes
from cnnbench.runs.record import RunRecord

RECORDS, SPLITS = Path("data/records"), Path("data/splits")


class Chosen(NamedTuple):
    """What a network is tested on.

    Attributes:
        examples: Of the other data set, before any is left out; n.
        folds: They are of.
        labels: In the classes of the network, `LEFT_OUT` for those without one; shape (n,).
        kept: Those that count, shape (n,).
        left_out: The others, by reason.
        mapping: The class of the network by the other data set's; empty where its examples are left out.
    """

    examples: Examples
    folds: list[int]
    labels: NDArray[np.int64]
    kept: NDArray[np.bool_]
    left_out: dict[str, int]
    mapping: dict[str, str]


def choose(knobs: Params, name: str, trained: RunRecord) -> Chosen:
    """The examples of a test: without those of classes that are left out, and without those that the network has seen.

    Args:
        knobs: params.yaml.
        name: Of the test.
        trained: The run.

    Raises:
        UserError: The records do not fit the network, a class is not mapped, or one of the network has no example left.
    """
    test = knobs.test_named(name)
    theirs, ours = schema.read(RECORDS / test.dataset), schema.read(RECORDS / test.trained_on)
    mapped = map_classes(name, theirs.classes, trained.classes, test.classes)
    _check_inputs(test, theirs, ours)
    parts = theirs.parts(knobs.split, 0)
    folds = sorted(fold for part, members in parts.items() for fold in members if test.part in ("all", part))
    examples = Examples(RECORDS / test.dataset, theirs, folds)
    labels = np.array(mapped, np.int64)[examples.labels]
    seen = ours.parts(knobs.split, trained.fold)
    seen_folds = [*seen["train"], *seen["val"]]
    # patches and digits look alike without being copies: where one of the two ignores it, so does this
    rules = [knobs.data(dataset).split.near_copies for dataset in (test.trained_on, test.dataset)]
    known = overlap.find(
        examples,
        Examples(RECORDS / test.trained_on, ours, seen_folds),
        _in_group(knobs, test, examples.ids, seen_folds),
        near=trained.is_image and "ignore" not in rules,
    )
    kept = (labels != LEFT_OUT) & ~known.any
    for index, label in enumerate(trained.classes):
        if not (kept & (labels == index)).any():
            raise UserError(
                f"Expected examples of {label} in {test.dataset} that {test.run} has not seen, received none: all "
                f"{int((labels == index).sum()):,} stand in training or validation of {test.trained_on}, too, as "
                "copies or by their group; test on another data set."
            )
    reasons = {"of other classes": int((labels == LEFT_OUT).sum())} | known.counts()
    return Chosen(
        examples,
        folds,
        labels,
        kept,
        {reason: count for reason, count in reasons.items() if count},
        {old: "" if new == LEFT_OUT else trained.classes[new] for old, new in zip(theirs.classes, mapped, strict=True)},
    )


def _check_inputs(test: ExternalTest, theirs: Records, ours: Records) -> None:
    """Refuses records of another form than those that the network was trained on.

    Records that are resized here would have been resized twice, as no training image was: the figure would tell of
    that, too.
    """
    for what, one, other in (
        ("shape", "x".join(map(str, ours.shape)), "x".join(map(str, theirs.shape))),
        ("type", ours.dtype, theirs.dtype),
        ("fit", ours.fit, theirs.fit),
    ):
        if one != other:
            raise UserError(
                f"Expected records of {what} {one} in {test.dataset}, as the network {test.run} was trained on, "
                f"received {other}: give both data sets the same size and fit in params.yaml."
            )


def _in_group(knobs: Params, test: ExternalTest, ids: NDArray[np.str_], seen_folds: list[int]) -> NDArray[np.bool_]:
    """Which examples are of a group that was seen; of two sources, person 1 of the one is not person 1 of the other."""
    both = (test.trained_on, test.dataset)
    if len({_source(knobs, one) for one in both}) > 1:
        return np.zeros(len(ids), bool)
    ours, theirs = (pd.read_parquet(SPLITS / f"{one}.parquet", columns=["id", "group", "fold"]) for one in both)
    groups = theirs.set_index("id").loc[ids.tolist(), "group"]
    seen = ours.loc[ours["fold"].isin(seen_folds), "group"]
    return np.asarray((groups != "") & groups.isin(seen), bool)


def _source(knobs: Params, dataset: str) -> tuple[object, ...]:
    """What has one numbering of its groups: the clinics of one table have, phantoms of two seeds have not."""
    choice = knobs.data(dataset).source
    return knobs.datasets[dataset].definition, choice.name, choice.path, choice.name == "phantom" and choice.seed
