"""A run as `params.yaml` says it: what is trained on what, how, and what was published of it."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from cnnbench.config.datasets import FOLDS
from cnnbench.config.recipe import Quick, Recipe
from cnnbench.config.section import Name, Section, Seed


class Published(Section):
    """What the source of a run states.

    Attributes:
        metric: Of the figure, measured on test data, under its name in metrics.json; None where there is no figure.
        value: The figure, in the metric's unit.
        relation: Whether the source states the figure itself or a bound of it; `is` in params.yaml and run.json.
        text: In the words of the source.
    """

    model_config = ConfigDict(serialize_by_alias=True)

    metric: str | None = None
    value: float | None = None
    relation: Annotated[Literal["exactly", "above", "below"], Field(alias="is")] = "exactly"
    text: str = ""

    @model_validator(mode="after")
    def _check_figure(self) -> Self:
        if (self.metric is None) != (self.value is None):
            raise ValueError("a metric with its value, or neither")
        if self.metric is None and not self.text:
            raise ValueError("a metric and its value, a text, or both; `published: null` where the source states none")
        if self.metric is None and self.relation != "exactly":
            raise ValueError(f"a metric and its value with `is: {self.relation}`")
        return self


class Run(Section):
    """One training: a data set, a network, a recipe, a seed and a fold.

    Attributes:
        dataset: A key of `datasets:`.
        architecture: A file under `networks/`.
        seed: Of the training.
        fold: The first test fold.
        published: What the source states; None where it states nothing.
        recipe: As published.
        tuned: The better one that validation data chose, whole; None where there is none.
        quick: What `profile: quick` sets in the recipe.
    """

    dataset: str
    architecture: Name
    seed: Seed = 0
    fold: Annotated[int, Field(ge=0, lt=FOLDS)] = 0
    published: Published | None = None
    recipe: Recipe
    tuned: Recipe | None = None
    quick: Quick = Quick()

    @model_validator(mode="before")
    @classmethod
    def _complete_tuned(cls, value: Any) -> Any:
        """`tuned:` in params.yaml names what it changes in `recipe:`, and nothing else."""
        if isinstance(value, dict) and isinstance(value.get("recipe"), dict) and isinstance(value.get("tuned"), dict):
            return value | {"tuned": value["recipe"] | value["tuned"]}
        return value
