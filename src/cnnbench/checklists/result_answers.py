"""What is recorded of the figures and their limits. A sentence each; none where nothing is recorded."""

from __future__ import annotations

import math
from collections.abc import Iterator

from cnnbench.checklists import data_answers
from cnnbench.checklists.facts import Facts
from cnnbench.metrics import caveats, lookup
from cnnbench.metrics.intervals.bootstrap import Estimate
from cnnbench.results import chance
from cnnbench.results.formatting import decimal, estimate

_AT_THRESHOLD = "threshold"  # what a metric needs that is measured there


def measures(facts: Facts) -> list[str]:
    """The metrics, the headline first."""
    run = facts.run
    names = [lookup.label(name, run.unit, run.positive) for name in _measured(facts)]
    return [f"On the test part: {', '.join(names)}.", "Definitions: docs/leaderboard.md."]


def intervals(facts: Facts) -> list[str]:
    """How the intervals were made."""
    kinds: dict[str, list[str]] = {}
    for name in _measured(facts):
        kinds.setdefault(lookup.find(name).interval, []).append(lookup.label(name))
    # What most have is named without them
    common = max(kinds, key=lambda kind: len(kinds[kind]))
    said = [f"{kind} of {', '.join(names)}" for kind, names in kinds.items() if kind not in (common, "none")]
    listed = "; ".join([*said, f"{common} of the others"]) if said else common
    whole = ", which allow for examples of one group," if data_answers.groups(facts) else ""
    return [f"95 % intervals over test examples{whole} by {listed}."]


def figures(facts: Facts) -> list[str]:
    """Every metric with its interval."""
    run = facts.run
    return [
        f"{_capital(lookup.label(name, run.unit, run.positive))}: {_figure(name, run.metrics[name])}."
        for name in _measured(facts)
    ]


def headline(facts: Facts) -> list[str]:
    """The headline metric on the test part."""
    run = facts.run
    label = lookup.label(run.headline, run.unit)
    return [f"{_capital(label)}: {estimate(run.metrics[run.headline])} on {run.examples['test']:,} test examples."]


def clean(facts: Facts) -> list[str]:
    """The headline metric without the test examples that have a twin."""
    run = facts.run
    return [f"{_capital(caveats.describe_clean(run.metrics, run.examples['test']))}."] if run.twins else []


def diagnostic(facts: Facts) -> list[str]:
    """The figures at the threshold, or of each class."""
    run = facts.run
    if not run.is_classification:
        return ["Not applicable: a regression has no sensitivity or specificity."]
    found = [name for name in _measured(facts) if lookup.find(name).needs == _AT_THRESHOLD]
    said = [f"{_capital(lookup.label(name, '', run.positive))}: {estimate(run.metrics[name])}." for name in found]
    if not found:
        said = [
            f"{row['class']}: recall {_cells(row, 'recall')}, precision {_cells(row, 'precision')}."
            for row in run.per_class
        ]
    return [*said, f"Confusion matrix: reports/runs/{run.run}/confusion.csv."]


def threshold(facts: Facts) -> list[str]:
    """Where the threshold is, and how it was chosen."""
    run = facts.run
    if not run.is_classification or run.threshold is None:
        return []
    wanted = run.recipe.sensitivity
    rule = "the highest balanced accuracy" if wanted is None else f"a sensitivity of {wanted:g}"
    return [
        f"Threshold {run.threshold:.4f} of the score of {run.positive}, chosen on validation data for {rule}; metrics "
        "named as at the threshold are measured there, the others with the likelier class."
    ]


def output(facts: Facts) -> list[str]:
    """What the network answers, and how it is calibrated."""
    run = facts.run
    if not run.is_classification:
        return [f"A number{', in ' + run.unit if run.unit else ''}."]
    return [
        f"A probability of each of {', '.join(run.classes)}, and the likelier class.",
        f"Temperature {run.temperature:.4g}, fitted on validation data, calibrates them.",
        *threshold(facts),
    ]


def robustness(facts: Facts) -> list[str]:
    """The headline metric on corrupted images."""
    if facts.corrupted is None:
        return []
    name = facts.run.headline
    cells = [cell for cell in facts.corrupted.cells if cell.metric == name and cell.strength == "mean"]
    return [
        f"{_capital(lookup.label(name))} on test images under {_corruption(cell.corruption)}, mean of five strengths: "
        f"{estimate(cell.value)} (clean {decimal(cell.clean)})."
        for cell in cells
    ]


def external(facts: Facts) -> list[str]:
    """The headline metric on other data sets."""
    said = []
    for test in facts.tests:
        left = "".join(f"; {count:,} left out ({reason})" for reason, count in test.left_out.items())
        which = "all" if test.part == "all" else "the test part"
        label = lookup.label(test.headline, test.unit)
        said.append(
            f"On {which} of {test.tested_on} ({test.origin}), {test.examples['test']:,} examples{left}: {label} "
            f"{estimate(test.metrics[test.headline])}."
        )
    return said


def failures(facts: Facts) -> list[str]:
    """The commonest confusion, and where the mistakes are listed."""
    run = facts.run
    if not run.is_classification:
        return []
    wrong = [row for row in run.confusion if row["actual"] != row["predicted"] and float(row["count"]) > 0]
    if not wrong:
        return ["No test example was taken for another class."]
    most = max(wrong, key=lambda row: float(row["count"]))
    total = sum(float(row["count"]) for row in wrong)
    return [
        f"{total:,.0f} of {run.examples['test']:,} test examples are wrong; the commonest: {most['actual']} taken for "
        f"{most['predicted']}, {float(most['count']):,.0f}.",
        f"The surest mistakes, one by one: reports/runs/{run.run}/mistakes.csv.",
    ]


def limits(facts: Facts) -> list[str]:
    """What the record itself says against the figures."""
    return list(_limits(facts))


def _limits(facts: Facts) -> Iterator[str]:
    run = facts.run
    if run.synthetic:
        yield "The images are synthetic: the figures say nothing of patients."
    if facts.audit and facts.audit.used.leaks:
        yield "The split leaks between its parts."
    if run.twins:
        yield f"{_capital(caveats.describe_twins(run.metrics, run.examples['test']) or f'{run.twins:,} twins')}."
    if badges := chance.badges(run):
        yield from (f"{_capital(badges)}.", *chance.explain([badges]))
    if run.start:
        yield f"It starts from weights trained on {run.start.trained_on or 'other data'}, which may hold test images."
    if absent := caveats.describe_absent(run.counts.get("test", {})):
        yield absent


def _measured(facts: Facts) -> list[str]:
    """The metrics that the table knows and that have a value; those about twins only where there are some."""
    idle = {name for name in lookup.names() if lookup.is_about_twins(name) and not facts.run.twins}
    known = {*lookup.names()} - idle
    return [name for name, found in facts.run.metrics.items() if name in known and math.isfinite(found.value)]


def _figure(name: str, found: Estimate) -> str:
    return f"{found.value:.0f}" if lookup.is_count(name) else estimate(found)


def _cells(row: dict[str, str], name: str) -> str:
    return estimate(Estimate(*(float(row[f"{name}{end}"] or "nan") for end in ("", "_low", "_high"))))


def _corruption(name: str) -> str:
    return "all corruptions" if name == "all" else name.replace("_", " ")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
