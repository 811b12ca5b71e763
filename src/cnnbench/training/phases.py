"""The phases of a training: first the head alone, where the recipe says so, then what it does not freeze."""

from __future__ import annotations

from typing import NamedTuple

from cnnbench.config import ALL, NONE, Recipe


class Phase(NamedTuple):
    """Epochs in which the same layers are trained, with an optimiser and a schedule of their own.

    Attributes:
        name: In the history.
        first, last: The epochs trained before it, and after it.
        frozen: The block up to whose end the layers keep their weights; `all` but the head, or `none`.
        lr: Initial rate.
        warm_up: Share of its steps over which the rate rises.
        is_last: Whether no other follows; early stopping acts in the last.
    """

    name: str
    first: int
    last: int
    frozen: str
    lr: float
    warm_up: float
    is_last: bool

    @property
    def trains_all(self) -> bool:
        """Whether no layer is frozen."""
        return self.frozen == NONE


def plan(recipe: Recipe) -> list[Phase]:
    """The phases of a recipe, one or two."""
    head = recipe.head_epochs
    last = Phase("all", head, recipe.epochs, recipe.freeze, recipe.lr, recipe.warm_up, is_last=True)
    return [Phase("head", 0, head, ALL, recipe.head_lr or recipe.lr, 0.0, is_last=False), last] if head else [last]
