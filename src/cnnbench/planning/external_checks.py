"""Checks what params.yaml tells of tests on other data sets, before anything is fetched or trained for them."""

from __future__ import annotations

from cnnbench.config import OWN, Params
from cnnbench.core.errors import UserError
from cnnbench.data import sets
from cnnbench.external.classes import map_classes


def check_tests(knobs: Params) -> None:
    """Checks sizes, fits and classes, as far as they are known before the data are here.

    Raises:
        UserError: A network would get inputs of another size, a class is not mapped, or it is a regression. What is not
            known yet, as the classes of a folder, stage `test` checks in the same words.
    """
    for name, test in knobs.tests.items():
        ours, theirs = knobs.data(test.trained_on), knobs.data(test.dataset)
        for key in ("size", "fit"):
            own, other = getattr(ours, key), getattr(theirs, key)
            if own != other:
                one, another = (list(value) if isinstance(value, tuple) else value for value in (own, other))
                raise UserError(
                    f"Expected {key}: {one} as datasets.{test.dataset}.{knobs.profile}.{key} in params.yaml, as "
                    f"{test.trained_on} has, since tests.{name} gives both to one network, received {another}: give "
                    "both the same, or add the data set a second time under another name."
                )
        both = [_classes(knobs, dataset) for dataset in (test.dataset, test.trained_on)]
        if None not in both:
            map_classes(name, both[0] or (), both[1] or (), test.classes)


def check_corruptions(knobs: Params) -> None:
    """Checks that what is to be corrupted are images to be classified, as far as that is known.

    Raises:
        UserError: They are no images.
    """
    for run, corruptions in knobs.corruptions.items():
        if knobs.data(corruptions.dataset).size is None:
            raise UserError(
                f"Expected a run on images as corruptions.{run} in params.yaml, received one on {corruptions.dataset}, "
                "which has none: remove it."
            )


def _classes(knobs: Params, dataset: str) -> tuple[str, ...] | None:
    """The classes of a data set; None where they are known by its files alone, which may name them otherwise."""
    definition = sets.get(knobs.datasets[dataset].definition)
    choice = knobs.data(dataset).source
    if knobs.datasets[dataset].definition != OWN:
        return definition.classes
    # of a table or folder the labels that are left, in no order that matters here
    return tuple(dict.fromkeys(choice.labels.values())) if choice.labels else None
