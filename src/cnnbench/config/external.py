"""Tests of trained networks on other data sets, and on corrupted images, in `params.yaml`."""

from __future__ import annotations

from typing import Any, Literal, get_args

from pydantic import Field, field_validator

from cnnbench.config.datasets import as_label
from cnnbench.config.section import Name, Section

Kind = Literal["gaussian_noise", "blur", "contrast", "brightness", "jpeg", "pixelate", "shift"]
KINDS: tuple[Kind, ...] = get_args(Kind)
"""Corruptions of images, in the order of the tables."""
ALL_KINDS = "all"


class ExternalTest(Section):
    """A test of a run on a data set that it was not trained on.

    Attributes:
        run: A key of `runs:`.
        trained_on: The data set of that run: DVC depends on its records, to find what stands in both.
        dataset: The other data set, a key of `datasets:`.
        classes: Where names differ: the run's class of each class of the other data set; null leaves its examples out.
        part: Of the other data set: all of it, or its test part, on which its own runs are tested as well.
    """

    run: Name
    trained_on: Name
    dataset: Name
    classes: dict[str, str | None] = Field(default_factory=dict)
    part: Literal["all", "test"] = "all"

    @field_validator("classes", mode="before")
    @classmethod
    def _take_numbers(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return {} if value is None else value
        return {as_label(old): None if new is None else as_label(new) for old, new in value.items()}


class Corruptions(Section):
    """What a run's test images are corrupted by; its key is the name of the run.

    Attributes:
        dataset: The data set of that run.
        kinds: `all`, or a list of them.
    """

    dataset: Name
    kinds: tuple[Kind, ...] = KINDS

    @field_validator("kinds", mode="before")
    @classmethod
    def _expand(cls, value: Any) -> Any:
        if value == ALL_KINDS:
            return KINDS
        known = ", ".join(KINDS)
        if not isinstance(value, list | tuple) or not value:
            raise ValueError(f"all, or a list of {known}, received {value!r}")
        if (odd := next((one for one in value if one not in KINDS), None)) is not None:
            raise ValueError(f"corruptions among {known}, received {odd!r}")
        # in the order of the tables, each once
        return tuple(kind for kind in KINDS if kind in value)
