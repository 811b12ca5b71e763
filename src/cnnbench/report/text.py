"""Texts that the page and report.md share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cnnbench.config import Published
from cnnbench.metrics import lookup
from cnnbench.results.formatting import estimate
from cnnbench.results.run_result import RunResult

NOT_COMPARABLE = (
    "The published figure is not comparable: this run was trained and measured on synthetic images "
    "that stand in for the data set."
)


def format_shape(dimensions: tuple[int, ...]) -> str:
    """A shape, as 96 × 96 × 3."""
    return " × ".join(str(size) for size in dimensions)


def describe_published(source: Published) -> str:
    """The result that a source states: its text, or the figure where it has none."""
    relation = "" if source.relation == "exactly" else f"{source.relation} "
    return source.text or f"{lookup.label(source.metric or '')} {relation}{source.value:g}"


def compare_published(result: RunResult) -> str:
    """The published figure beside the measured one; never the figure itself where the measurement is synthetic."""
    if result.synthetic:
        return NOT_COMPARABLE
    if result.published_result is None:
        return "The publication states no figure." if result.citation else "There is no published figure."
    measured = f"{lookup.label(result.headline)} {estimate(result.metrics[result.headline])}"
    note = " Mind what was changed, listed with the recipe." if result.changed else ""
    return f"Published: {describe_published(result.published_result)}. Measured here: {measured}.{note}"


def describe_start(result: RunResult) -> list[str]:
    """What a run starts from, and the question that this raises, a sentence each; nothing where the seed draws it."""
    if result.start is None:
        return []
    start, data = result.start, result.start.trained_on or "other data"
    terms = ", ".join(filter(None, (start.origin, start.licence)))
    asked = f"Were these test {'images' if result.is_image else 'examples'} public when {data} was collected?"
    return [
        f"Starts from weights trained on {data} ({terms}): {result.weights} in params.yaml.",
        f"{asked} If so, some may be in it, and the figure would flatter the network.",
    ]


def describe_trials(result: RunResult) -> list[str]:
    """How the recipe was chosen, in a sentence; nothing where there was no choice."""
    chosen = f"The recipe is the best of {result.trials:,} tried on validation data; the test part was not looked at."
    return [chosen] if result.trials else []


def flatten(recipe: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yields (knob, value) of a nested recipe, knobs joined by dots, values as params.yaml would write them."""
    for key, value in recipe.items():
        # an empty mapping is a value: a loop over it would lose the knob
        if isinstance(value, Mapping) and value:
            yield from flatten(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", _plain(value)


def _plain(value: Any) -> str:
    if value is None or value in ({}, []):
        return "none"
    if isinstance(value, bool):  # params.yaml writes true where Python writes True
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return ", ".join(_plain(item) for item in value)
    return str(value)
