"""What the registry's page says of a version: its figures, its data and their licence, its outputs."""

from __future__ import annotations

from collections.abc import Iterator

from cnnbench.core.markdown import escape, table
from cnnbench.metrics import caveats, lookup
from cnnbench.results import chance, formatting
from cnnbench.results.run_result import RunResult


def describe(result: RunResult) -> str:
    """A version, in Markdown: what it can do on which data, under which licences, and how to read its outputs."""
    return "\n\n".join(
        "\n".join(part) for part in (_headline(result), _licences(result), _outputs(result), _metrics(result))
    )


def licences(result: RunResult) -> dict[str, str]:
    """The licence of the data, and of the weights that the network starts from, as tags."""
    known = {"licence.data": result.licence, "licence.weights": result.start.licence if result.start else ""}
    return {key: value for key, value in known.items() if value}


def _headline(result: RunResult) -> Iterator[str]:
    figure = f"{lookup.label(result.headline, result.unit)} {formatting.estimate(result.metrics[result.headline])}"
    said = chance.badges(result)
    yield f"**{escape(figure)}** on {result.examples['test']:,} test examples{f', **{escape(said)}**' if said else ''}."
    yield (
        f"{escape(result.architecture)} on {escape(result.title)}{', **SYNTHETIC**' * result.synthetic}; split "
        f"{escape(result.protocol)}, fold {result.fold}, profile {result.profile}, recipe {result.recipe_name}, seed "
        f"{result.seed}."
    )
    if twins := caveats.describe_twins(result.metrics, result.examples["test"]):
        yield f"{twins}; {caveats.describe_clean(result.metrics, result.examples['test'])}."


def _licences(result: RunResult) -> Iterator[str]:
    yield f"Data: {escape(result.origin)}. Licence: {escape(result.licence or 'not stated')}."
    if result.citation:
        yield f"Cite: {escape(result.citation)}."
    if start := result.start:
        origin = f"{escape(start.trained_on)} ({escape(start.origin)})"
        yield f"Starts from weights of {origin}. Their licence: {escape(start.licence)}."
    yield "For research; not for clinical use."


def _outputs(result: RunResult) -> Iterator[str]:
    if not result.is_classification:
        yield f"Output: the value{f' in {escape(result.unit)}' if result.unit else ''}."
        return
    yield f"Classes: {escape(', '.join(result.classes))}."
    yield f"Probabilities are not calibrated: temperature {result.temperature:.4g}."
    if result.threshold is not None:
        yield f"Threshold of {escape(result.positive)}, chosen on validation data: {result.threshold:.4g}."


def _metrics(result: RunResult) -> list[str]:
    rows = (
        (escape(lookup.label(name, result.unit, result.positive)), formatting.estimate(measured))
        for name, measured in result.metrics.items()
        if not lookup.is_count(name)
    )
    return list(table(("metric", ">value [95 % interval]"), rows))
