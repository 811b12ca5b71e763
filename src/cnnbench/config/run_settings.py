"""A run of `params.yaml`: network, data set, recipe and published figure."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from cnnbench.config.datasets import FOLDS
from cnnbench.config.recipe import Quick, Recipe
from cnnbench.config.search import Search
from cnnbench.config.section import Name, Section, Seed
from cnnbench.config.weights import NO_WEIGHTS


class Published(Section):
    """The result that the source of a run states.

    Attributes:
        metric: Its name in metrics.json; None where there is no figure on test data.
        value: In the unit of the metric.
        relation: Whether the value is exact or a bound; `is` in params.yaml and run.json.
        text: In the words of the source.
    """

    # else a dump would have the field's name, which run.json does not know
    model_config = ConfigDict(serialize_by_alias=True)

    metric: str | None = None
    value: float | None = None
    # an alias, since `is` is a keyword of Python
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
        weights: What the network starts from: a key of `weights:` or of `features:`; `none` draws them by the seed.
        trials: How many trainings `cnnbench tune` chose the tuned recipe from; 0 where it was chosen otherwise.
        seed: Of the training.
        fold: The first test fold.
        published: None where the source states no result.
        recipe: As published.
        tuned: The complete recipe chosen on validation data; None where there is none.
        search: What `cnnbench tune` searches; None for the default ranges.
        quick: Changes of the recipe in `profile: quick`.
    """

    dataset: str
    architecture: Name
    weights: Name = NO_WEIGHTS
    seed: Seed = 0
    fold: Annotated[int, Field(ge=0, lt=FOLDS)] = 0
    published: Published | None = None
    recipe: Recipe
    tuned: Recipe | None = None
    trials: Annotated[int, Field(ge=0)] = 0
    search: Search | None = None
    quick: Quick = Quick()

    @model_validator(mode="after")
    def _check_start(self) -> Self:
        for key, recipe in self.recipes():
            if self.weights == NO_WEIGHTS and recipe.keeps_weights:
                raise ValueError(
                    f"freeze: none and no head_epochs in {key} of a run without weights, whose start is drawn by its "
                    f"seed, received freeze: {recipe.freeze} and head_epochs: {recipe.head_epochs}"
                )
        return self

    def recipes(self) -> list[tuple[str, Recipe]]:
        """The recipes that it has, each with its key."""
        return [("recipe", self.recipe), *([("tuned", self.tuned)] if self.tuned else [])]

    @model_validator(mode="before")
    @classmethod
    def _refuse_tests(cls, value: Any) -> Any:
        if isinstance(value, dict) and (found := [key for key in ("tests", "corruptions") if key in value]):
            raise ValueError(
                f"{found[0]}: at the top level of params.yaml, where DVC makes a stage of each entry, received it in a "
                "run: see docs/external.md"
            )
        return value

    # before the fields are checked: the differences alone would lack the required keys of a recipe
    @model_validator(mode="before")
    @classmethod
    def _complete_tuned(cls, value: Any) -> Any:
        """`tuned:` in params.yaml holds only its differences from `recipe:`."""
        if isinstance(value, dict) and isinstance(value.get("recipe"), dict) and isinstance(value.get("tuned"), dict):
            return value | {"tuned": value["recipe"] | value["tuned"]}
        return value
