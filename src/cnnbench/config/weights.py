"""Weights that a run may start from, and features computed with them, in `params.yaml`."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import field_validator

from cnnbench.config.section import Name, Section

NO_WEIGHTS = "none"
"""What a run starts from whose weights are drawn by its seed."""
ALL = "all"
"""The layers below the head."""


class WeightsSource(Section):
    """Where weights come from.

    Attributes:
        name: package: an installed package that carries them; keras: the file that Keras keeps or downloads; file: the
            user's own, in Keras' or PyTorch's form.
        path: Of the user's file.
        sha256: Expected of the file; None takes any of the user's, and what has the MD5 that Keras states.
    """

    name: Literal["package", "keras", "file"]
    path: str | None = None
    sha256: str | None = None


class Weights(Section):
    """Weights of a network, trained on other data; in params.yaml `source:` may be its name alone.

    Attributes:
        architecture: A file under `networks/`.
        source: Where they come from.
        trained_on: The data they were trained on, where the user's own file is one's own to describe.
    """

    architecture: Name
    source: WeightsSource
    trained_on: str | None = None

    @field_validator("source", mode="before")
    @classmethod
    def _name_alone(cls, value: Any) -> Any:
        return {"name": value} if isinstance(value, str) else value


class Features(Section):
    """The outputs of frozen layers for all examples of a data set, computed once for any number of runs.

    Attributes:
        dataset: A key of `datasets:`.
        weights: A key of `weights:`.
        architecture: The network of these weights.
        layer: `all`: of all layers below the head; else the block up to whose end they are frozen.
    """

    dataset: Name
    weights: Name
    architecture: Name
    layer: str = ALL
