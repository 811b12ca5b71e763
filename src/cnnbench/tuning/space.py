"""The knobs that are searched: their ranges, and recipes with values of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from cnnbench import networks
from cnnbench.backend import runtime
from cnnbench.config import ALL, NO_WEIGHTS, NONE, Augmentation, Params, Recipe, Run, Search
from cnnbench.core.errors import UserError
from cnnbench.features.layers import find_layer

Values = dict[str, float | str]
"""A value for each knob that is searched."""
USUAL = Augmentation(flip="none", rotation=0.03, zoom=0.1, shift=0.1, fill="reflect", brightness=0.1, contrast=0.1)
"""What an augmentation of 1 is where the recipe has none; no flip: a mirrored digit, or heart, is another thing."""
_SCALED = ("rotation", "zoom", "shift", "brightness", "contrast")
_LARGEST = 0.9  # of a share: at 1 nothing would be left of the image
_DECAYING = ("adamw", "sgd")


class Knob(NamedTuple):
    """A knob that is searched.

    Attributes:
        low, high: Bounds; both None with choices.
        choices: Of a knob that is no number.
        is_log: Whether the logarithm is drawn evenly.
        step: Between neighbouring values; None takes any.
        start: The recipe's own value, or the nearest within the bounds.
    """

    name: str
    start: float | str
    low: float = 0.0
    high: float = 0.0
    choices: tuple[str, ...] = ()
    is_log: bool = False
    step: float | None = None

    def __str__(self) -> str:
        if self.choices:
            return " | ".join(self.choices)
        how = " by its logarithm" if self.is_log else f" in steps of {self.step:g}" if self.step else ""
        return f"{self.low:g} to {self.high:g}{how}"


class Space(NamedTuple):
    """The searched knobs, and for each other one the reason why it is not searched."""

    knobs: tuple[Knob, ...]
    left_out: dict[str, str]


class _Kind(NamedTuple):
    """A knob of any run: its default range (None: searched only where `search:` states one), and how it is drawn."""

    default: Callable[[Params, Run], list[Any]] | None
    is_log: bool = False
    step: float | None = None


def _blocks(params: Params, run: Run) -> list[str]:
    """All, all but the last third of the blocks, none."""
    runtime.import_quietly(params.backend)  # the network's file imports Keras
    found = [*networks.blocks(run.architecture)]
    upper = max(len(found) // 3, 1)
    return [ALL, *found[-upper - 1 : -upper], NONE]


KNOBS: dict[str, _Kind] = {
    "lr": _Kind(lambda _, run: [run.recipe.lr / 10, run.recipe.lr * 10], is_log=True),
    "weight_decay": _Kind(lambda _, __: [1e-5, 1e-1], is_log=True),
    "augmentation": _Kind(lambda _, __: [0.0, 2.0], step=0.25),
    "freeze": _Kind(_blocks),
    "label_smoothing": _Kind(None, step=0.05),
    "l2": _Kind(None, is_log=True),
}
"""The default ranges, all in one place; docs/tuning.md has the table."""


def plan(params: Params, name: str, shape: tuple[int, ...]) -> Space:
    """Plans the search of a run.

    Args:
        params: The whole of params.yaml.
        name: Of the run.
        shape: Of one example.

    Raises:
        UserError: `search:` names a knob that this run cannot have, or nothing is left to search.
    """
    run, stated = params.run(name), params.runs[name].search or Search()
    knobs, left_out = [], {}
    for key, kind in KNOBS.items():
        given = getattr(stated, key)
        if key in stated.model_fields_set and given is None:
            left_out[key] = "search: says so"
        elif reason := _find_obstacle(params, name, key, shape):
            if given is not None:
                raise UserError(f"Expected no {key} in runs.{name}.search, since {reason}: remove it.")
            left_out[key] = reason
        elif given is None and kind.default is None:
            left_out[key] = "only where search: states a range"
        else:
            assert given is not None or kind.default is not None  # noqa: S101 - the branches above
            if key == "freeze" and given is not None:
                _check_blocks(params, run, given)
            knobs.append(_knob(key, kind, given or kind.default(params, run), run))  # type: ignore[misc]
    if not knobs:
        reasons = "; ".join(f"{key}: {reason}" for key, reason in left_out.items())
        raise UserError(f"Expected a knob to search in {name}, received none ({reasons}): state one in its search:.")
    return Space(tuple(knobs), left_out)


def apply(recipe: Recipe, values: Mapping[str, float | str]) -> Recipe:
    """A recipe with these values.

    Raises:
        UserError: They do not go together.
    """
    changed: dict[str, Any] = dict(values)
    if "augmentation" in values:
        changed["augmentation"] = _strengthen(recipe.augmentation or USUAL, float(values["augmentation"]))
    if values.get("freeze") == ALL:  # then the head learns in all epochs
        changed |= {"head_epochs": 0, "head_lr": None}
    made = recipe.model_copy(update=changed)
    try:
        made.check()
    except ValueError as error:
        raise UserError(f"Expected {error} among the searched values {values}: narrow search:.") from None
    return made


def changes(published: Recipe, tried: Recipe, values: Mapping[str, float | str]) -> dict[str, Any]:
    """What `tuned:` of a run holds: what the values set in the recipe that was tried, unless it is published so."""
    made, before = apply(tried, values).model_dump(), published.model_dump()
    touched = [*values, "head_epochs", "head_lr"] if "freeze" in values else [*values]
    return {key: made[key] for key in touched if made[key] != before[key]}


def rounded(value: float) -> float:
    """Three digits: as it stands in params.yaml afterwards, so that the recipe written is the recipe tried."""
    return float(f"{value:.3g}")


def _check_blocks(params: Params, run: Run, named: list[str]) -> None:
    """Refuses a block that the network has not: not once a trial has come to it."""
    runtime.import_quietly(params.backend)
    for block in named:
        if block != NONE:
            find_layer(run.architecture, block)


def _find_obstacle(params: Params, name: str, key: str, shape: tuple[int, ...]) -> str:
    """Why a run cannot search a knob; empty where it can."""
    run = params.run(name)
    if key == "lr" and params.lr is not None:
        return "lr at the top of params.yaml comes after it"
    if key == "lr" and params.profile == "quick" and params.runs[name].quick.lr is not None:
        return "lr in quick: comes after it"
    if key == "weight_decay" and run.recipe.optimizer not in _DECAYING:
        return f"optimizer {run.recipe.optimizer} has none, only {' and '.join(_DECAYING)} have"
    if key == "augmentation" and run.weights in params.features:
        return "features were computed from the images as they are"
    if key == "augmentation" and len(shape) != 3:
        return "the data are no images"
    if key == "freeze" and (run.weights == NO_WEIGHTS or run.weights in params.features):
        return "the run starts from no weights" if run.weights == NO_WEIGHTS else "features fix what is frozen"
    if key == "label_smoothing" and run.recipe.loss == "mse":
        return "a regression has no labels"
    return ""


def _knob(key: str, kind: _Kind, given: list[Any], run: Run) -> Knob:
    if key == "freeze":
        choices = tuple(dict.fromkeys(given))
        return Knob(key, run.recipe.freeze if run.recipe.freeze in choices else choices[0], choices=choices)
    # the bounds, too: a value is rounded, and must not leave them
    low, high = (rounded(float(bound)) for bound in given)
    own = getattr(run.recipe, key)
    start = (1.0 if own else 0.0) if key == "augmentation" else float(own)
    step = kind.step
    if step:  # Optuna takes the last step within
        high = rounded(low + step * int((high - low) / step + 1e-9)) or high
        start = low + step * round((start - low) / step)
        if high <= low:
            high, step = rounded(float(given[1])), None
    return Knob(key, min(max(start, low), high), low, high, is_log=kind.is_log, step=step)


def _strengthen(base: Augmentation, factor: float) -> Augmentation | None:
    """The augmentation with all its shares times the factor; None at 0."""
    if not factor:
        return None
    scaled = {key: min(rounded(getattr(base, key) * factor), _LARGEST) for key in _SCALED}
    return base.model_copy(update=scaled)
