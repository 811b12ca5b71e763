"""report.md: the report for a page on GitHub or a pull request, short: the page has the rest."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from cnnbench.core.markdown import bullets, escape, table
from cnnbench.data import leakage, leakage_text
from cnnbench.data.leakage import Audit
from cnnbench.metrics import caveats, lookup, subgroups
from cnnbench.report import (
    captions,
    comparisons,
    corruption_tables,
    external_tables,
    leaderboard,
    leakage_tables,
    links,
    repeats_table,
    subgroup_tables,
    text,
)
from cnnbench.report.drawings import DIAGRAM, Drawing
from cnnbench.report.overview import Overview, evaluate_command
from cnnbench.report.repeats_table import Gathered
from cnnbench.results import chance, columns, formatting, gate
from cnnbench.results import findings_markdown as findings
from cnnbench.results.columns import Column
from cnnbench.results.gate import Verdict
from cnnbench.results.line import Line
from cnnbench.results.run_result import RunResult

if TYPE_CHECKING:
    from cnnbench.report.captions import Caption
    from cnnbench.results.regressions import Change, Since

_LISTED_PAIRS = 5  # the others stand in leakage.json
_BADGES = {leakage.LEAKS: "❌", leakage.NEAR: "⚠️", leakage.CLEAN: "✅"}
_INTERVAL = re.compile(r"\\\[([-\d.]+, [-\d.]+)\\\]")  # of two numbers, whose brackets make no link
_PREFERRED = ("roc", "true_vs_predicted", "learning_curves")  # of a data set with one network: the first that there is


def render(
    results: list[RunResult],
    verdicts: list[Verdict],
    audits: Mapping[str, Audit],
    overview: Overview,
    drawings: Mapping[str, Drawing],
    since: Since | None,
    out: Path,
) -> str:
    """The report as GitHub-flavoured Markdown.

    Args:
        results: Of every run.
        verdicts: On every threshold.
        audits: Of every data set's split.
        overview: Of the same runs.
        drawings: Pictures of several runs, which stand in plots/.
        since: What changed since a baseline; None where none is named.
        out: The folder that the file will stand in; pictures are linked relative to it.
    """
    parts = [
        ["# Benchmark report", "", _overview(results), *_absent(overview)],
        [
            "## Leaderboard",
            "",
            *_leaderboard(overview),
            "",
            *_reading(results, overview.badges),
        ],
        *([[f"## Changes since {escape(since.against)}", "", *_changes(since)]] if since else []),
        ["## Comparisons", "", *_comparisons(overview)],
        *([["## Repeats", "", *_repeats(overview.repeated)]] if overview.repeated else []),
        *external_tables.render_markdown(overview.externals),
        *corruption_tables.render_markdown(overview.robustness),
        ["## Thresholds", "", *_thresholds(verdicts)],
        ["## Split and leakage", "", *_leakage(results, audits)],
        *_subgroups(results),
        *_published(results),
        ["## Pictures", "", *_pictures(results, drawings, out)],
    ]
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def _overview(results: list[RunResult]) -> str:
    synthetic = sum(result.synthetic for result in results)
    profiles = ", ".join(sorted({result.profile for result in results}))
    data = len({result.dataset for result in results})
    line = f"Runs: {len(results)}, data sets: {data}, profile: {escape(profiles)}."
    line = f"{line} **SYNTHETIC: {synthetic} of {len(results)} runs.**" if synthetic else line
    return f"{line} Recipes, every metric, confusion matrices, mistakes and Grad-CAM: index.html beside this file."


def _absent(overview: Overview) -> Iterator[str]:
    if overview.absent:
        yield from ("", "Not evaluated yet, and left out:", "")
        yield from (f"- {escape(name)}: `{evaluate_command(name)}`" for name in overview.absent)
    for note in overview.notes:
        yield from ("", escape(note))


def _leaderboard(overview: Overview) -> Iterator[str]:
    selected = columns.select("markdown")
    header = [f"{'>' if column.numeric else ''}{column.heading}" for column in selected]
    lines = (leaderboard.line(row, overview.places[row.run]) for row in overview.rows)
    yield from table(header, ([_cell(column, line) for column in selected] for line in lines))


def _cell(column: Column, line: Line) -> str:
    cell = escape(column.text(line))
    if column.name == "run":
        # The name alone: what one should know of it stands beside
        name, said = escape(line.run), escape(line.badges)
        rest = cell.removeprefix(name)
        return f"**{name}**{rest.replace(said, f'**{said}**') if said else rest}"
    if column.name == "data":
        return re.sub(f"^SYNTHETIC|{columns.TWINS} [\\d,]+ of [\\d,]+$", r"**\g<0>**", cell)
    return cell if column.name == "standing" else _INTERVAL.sub(r"[\1]", cell)


def _reading(results: list[RunResult], badges: list[str]) -> Iterator[str]:
    yield "Measured on the test part, in brackets the 95 % interval. Compare runs of one data set with one another."
    yield (
        "A rank is among the networks tested on the same examples; those with a letter in common cannot be told apart. "
        f"{columns.RANKING} Operations: of one forward pass of one example."
    )
    known: dict[str, list[str]] = {}  # repeats share their sentences
    for result in results:
        for sentence in (*text.describe_start(result), *text.describe_trials(result)):
            known.setdefault(sentence, []).append(result.run)
    for sentence, runs in known.items():
        yield f"{escape(', '.join(runs))}: {escape(sentence)}"
    if any(result.twins for result in results):
        yield f"{columns.TWINS}: so many test examples have one. {caveats.TWIN} Those without are clean."
    for result in results:
        if absent := caveats.describe_absent(result.counts.get("test", {})):
            yield f"{escape(result.run)}: {escape(absent)}"
    yield from map(escape, chance.explain(badges))
    if any(result.synthetic for result in results):
        yield (
            "SYNTHETIC runs are trained and measured on made-up images: they show that the pipeline works and that the "
            "network learns, and say nothing of the real data set."
        )


def _comparisons(overview: Overview) -> Iterator[str]:
    synthetic = {one.entry.name for one in overview.gathered if one.entry.record.synthetic}
    for pair in comparisons.headlines(overview.pairs):
        mark = " **SYNTHETIC**" if pair.first in synthetic else ""
        yield f"- **{escape(pair.dataset)}**{mark}: {escape(pair.sentence)}"
    if not overview.pairs:
        yield f"- {comparisons.NONE}"
    if overview.added:
        yield "- What each network adds to the baselines:"
        for pair in comparisons.headlines(overview.added):
            yield f"  - {escape(pair.dataset)}{' **SYNTHETIC**' * (pair.first in synthetic)}: {escape(pair.sentence)}"
    for refusal in overview.refusals:
        yield f"- Not compared: {escape(refusal.first)} and {escape(refusal.second)}. {escape(refusal.reason)}"
    for worth in overview.worths:
        mark = " **SYNTHETIC**" if worth.first.record.synthetic else ""
        yield f"- What a split is worth{mark}: {escape(worth.sentence)}"
    if overview.general:
        yield f"- Over several data sets: {escape(overview.general.words)}"


def _changes(since: Since) -> Iterator[str]:
    """The figures that changed in the four decimals printed."""
    changed = tuple(change for change in since.changes if change.reason or _differs(change))
    same = len(since.changes) - len(changed)
    yield f"{escape(since.summary[0].upper() + since.summary[1:])}; {same} {'is' if same == 1 else 'are'} as before."
    if any(not change.reason for change in changed):
        yield ""
        yield from findings.render_changes(replace(since, changes=changed))
    elif since.notes:
        yield from bullets(replace(since, changes=changed).notes)


def _differs(change: Change) -> bool:
    # As printed: a change in the fifth decimal would look like none.
    return f"{change.before:.4f}" != f"{change.now:.4f}"


def _repeats(repeated: Iterable[Gathered]) -> Iterator[str]:
    header = ["runs", "seeds and folds", "metric", ">mean [95 % interval]", ">standard deviation"]
    lines = (
        [
            f"**{escape(one.entry.name)}**"
            + "".join(f" **{mark}**" for mark in ("SYNTHETIC" * one.entry.record.synthetic, one.badges) if mark),
            escape(repeats_table.describe_repeats(one)),
            escape(lookup.label(spread.metric, one.entry.record.unit, one.entry.record.positive)),
            formatting.estimate(spread.measure),
            f"{formatting.decimal(spread.deviation)}{f' over {spread.over}' if spread.over else ''}",
        ]
        for one in repeated
        for spread in one.spreads
        if spread.metric in (one.entry.headline, lookup.beside(2).name)
    )
    yield from table(header, lines)


def _thresholds(verdicts: list[Verdict]) -> Iterator[str]:
    yield f"{gate.summarize(verdicts).capitalize()}."
    if not verdicts:
        return
    yield ""
    yield from table(
        ["run", "metric", ">value", ">bound", ">margin", "verdict"],
        (
            [
                escape(verdict.run),
                escape(verdict.label),
                formatting.figure(verdict.metric, verdict.value, 3),
                verdict.limit,
                formatting.figure(verdict.metric, verdict.margin, 3, "+"),
                f"{findings.MARKS[verdict.sign]} {verdict.words}",
            ]
            for verdict in verdicts
        ),
    )
    yield from bullets(gate.reasons(verdicts))


def _leakage(results: list[RunResult], audits: Mapping[str, Audit]) -> Iterator[str]:
    synthetic = {result.dataset for result in results if result.synthetic}
    for name, found in audits.items():
        mark = " **SYNTHETIC**" if name in synthetic else ""
        sentence = escape(" ".join((leakage_text.verdict(found), leakage_text.note(found))).strip())
        yield f"- {_BADGES[leakage.state(found)]} **{escape(name)}**{mark}: {sentence}"
        yield from (f"  - {escape(line)}." for line in leakage_text.describe_rare(found))
        if found.pairs:
            yield f"  - {escape(leakage_tables.describe_pairs(found))} With pictures in index.html; the first:"
            yield from (f"    - {escape(leakage_tables.describe_pair(pair))}" for pair in found.pairs[:_LISTED_PAIRS])


def _subgroups(results: list[RunResult]) -> Iterator[list[str]]:
    """The section, where there are attributes: the headline metric of each subgroup."""
    lines = []
    for result in results:
        if sentences := list(subgroup_tables.summarize(result)):
            lines += [f"**{escape(result.run)}**: {escape(' '.join(sentences))}", ""]
        rows = [
            (
                f"{escape(subgroups.describe(attribute, group.name))}{' (few)' * group.small}",
                f"{group.n:,}",
                escape(group.per_class),
                formatting.estimate(group.metrics[result.headline]),
            )
            for attribute, groups in subgroup_tables.by_attribute(result).items()
            for group in groups
        ]
        label = lookup.label(result.headline, result.unit)
        header = ("subgroup", ">test examples", "of each class", f">{label} [95 % interval]")
        lines += [*table(header, rows), ""] if rows else []
    if lines:
        note = [f"Few: {subgroup_tables.LEFT_OUT}. Every metric: the page and subgroups.csv of the run."]
        yield ["## Subgroups", "", *lines, *note]


def _published(results: list[RunResult]) -> Iterator[list[str]]:
    """The section, where somebody published the data set or a figure."""
    lines, known = [], [result for result in results if result.has_publication]
    if any(result.synthetic for result in known):
        names = ", ".join(escape(result.run) for result in known if result.synthetic)
        lines.append(f"- Not comparable, since measured on synthetic images: {names}.")
    real = (result for result in known if not result.synthetic)
    lines += [f"- **{escape(result.run)}**: {escape(text.compare_published(result))}" for result in real]
    if lines:
        yield ["## Published figures", "", *lines]


def _pictures(results: list[RunResult], drawings: Mapping[str, Drawing], out: Path) -> Iterator[str]:
    """A picture per data set: of its networks together, or of its only run."""
    if DIAGRAM in drawings:
        yield _picture(drawings[DIAGRAM].words, f"plots/{DIAGRAM}.svg")
    for dataset in sorted({result.dataset for result in results}):
        first = next(result for result in results if result.dataset == dataset)
        # GitHub reads Markdown within HTML after an empty line only; within a tag it reads none.
        yield f"<details><summary>{html.escape(first.title)}{' (SYNTHETIC)' if first.synthetic else ''}</summary>\n"
        compared = [name for name in _PREFERRED if f"{dataset}-{name}" in drawings]
        if compared:
            name = f"{dataset}-{compared[0]}"
            # a space in a name would end the link
            yield _picture(drawings[name].words, quote(f"plots/{name}.svg"))
        else:
            picture = next(name for name in _PREFERRED if name in first.pictures)
            yield _picture(captions.caption(first, picture), links.relative(first.pictures[picture].path, out))
        yield "</details>\n"


def _picture(words: Caption, link: str) -> str:
    return f"{escape(words.title)}: {escape(words.caption)}\n\n![{escape(words.alt)}]({link})\n"
