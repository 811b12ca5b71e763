"""report.md: the report for a page on GitHub or a pull request."""

from __future__ import annotations

import html
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from urllib.parse import quote

from cnnbench import audit, check
from cnnbench.audit import Audit
from cnnbench.check import Verdict
from cnnbench.reporting import captions, comparisons, leakage, repeats, text
from cnnbench.reporting.overview import Overview
from cnnbench.reporting.places import Place
from cnnbench.reporting.repeats import Gathered
from cnnbench.reporting.results import Result
from cnnbench.reporting.sizes import operations

_SPECIAL = re.compile(r"([\\`*_\[\]|#~$!])")
_HTML = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def render(
    results: list[Result], verdicts: list[Verdict], audits: Mapping[str, Audit], overview: Overview, out: Path
) -> str:
    """The report as GitHub-flavoured Markdown.

    Args:
        results: Of every run.
        verdicts: On every threshold.
        audits: Of every data set's split.
        overview: Of the same runs.
        out: The folder that the file will stand in; pictures are linked relative to it.
    """
    parts = [
        ["# Benchmark report", "", _overview(results)],
        ["## Leaderboard", "", *_leaderboard(results, overview.places), "", *_reading(results)],
        ["## Comparisons", "", *_comparisons(overview)],
        *([["## Repeats", "", *_repeats(overview.repeated)]] if overview.repeated else []),
        ["## Thresholds", "", *_thresholds(verdicts)],
        ["## Split and leakage", "", *_leakage(results, audits)],
        ["## Published figures", "", *_published(results)],
        ["## Changed from the published recipe and input", "", *_changes(results)],
        ["## Pictures", "", *_pictures(results, out)],
    ]
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def escape(raw: object) -> str:
    """Makes text from the data harmless: no markup, no HTML, one line."""
    line = " ".join(str(raw).split())
    return _SPECIAL.sub(r"\\\1", re.sub("[&<>]", lambda match: _HTML[match[0]], line))


def _overview(results: list[Result]) -> str:
    synthetic = sum(result.synthetic for result in results)
    profiles = ", ".join(sorted({result.profile for result in results}))
    data = len({result.dataset for result in results})
    line = f"Runs: {len(results)}, data sets: {data}, profile: {escape(profiles)}."
    return f"{line} **SYNTHETIC: {synthetic} of {len(results)} runs.**" if synthetic else line


def _leaderboard(results: list[Result], places: Mapping[str, Place]) -> Iterator[str]:
    header = [
        "run",
        "data, split",
        "rank, ties",
        "headline metric [95 % interval]",
        "ROC AUC [95 % interval]",
        "train / test",
        "parameters",
        "operations",
    ]
    yield from _table(header, "llllrrrr", (_line(result, places[result.run]) for result in results))


def _line(result: Result, place: Place) -> list[str]:
    headline = text.estimate(result.metrics[result.headline])
    unit = f" ({escape(result.unit)})" if result.unit and not result.is_classification else ""
    return [
        f"**{escape(result.run)}**",
        f"{'**SYNTHETIC**' if result.synthetic else escape(result.source)}, {escape(result.protocol)}",
        escape(f"{place.words} {place.interval} {place.group}") if place.of > 1 else text.ABSENT,
        f"{text.label(result.headline)} {headline}{unit}",
        text.estimate(result.metrics.get("roc_auc")),
        f"{result.examples['train']:,} / {result.examples['test']:,}",
        f"{result.parameters:,}",
        text.ABSENT if result.flops is None else operations(result.flops),
    ]


def _reading(results: list[Result]) -> Iterator[str]:
    yield "Measured on the test part, in brackets the 95 % interval. Compare runs of one data set with one another."
    yield (
        "A rank is among the networks tested on the same examples; those with a letter in common cannot be told apart. "
        "Operations: of one forward pass of one example."
    )
    if any(result.synthetic for result in results):
        yield (
            "SYNTHETIC runs are trained and measured on made-up images: they show that the pipeline works and that the "
            "network learns, and say nothing of the real data set."
        )


def _comparisons(overview: Overview) -> Iterator[str]:
    made_up = {one.entry.name for one in overview.gathered if one.entry.synthetic}
    for pair in comparisons.headlines(overview.pairs):
        mark = " **SYNTHETIC**" if pair.first in made_up else ""
        yield f"- **{escape(pair.dataset)}**{mark}: {escape(pair.sentence)}"
    if not overview.pairs:
        yield f"- {comparisons.NONE}"
    for refusal in overview.refusals:
        yield f"- Not compared: {escape(refusal.first)} and {escape(refusal.second)}. {escape(refusal.reason)}"
    yield f"- Over several data sets: {escape(overview.general.words)}"


def _repeats(repeated: Iterable[Gathered]) -> Iterator[str]:
    header = ["runs", "seeds and folds", "metric", "mean [95 % interval]", "standard deviation"]
    lines = (
        [
            f"**{escape(one.entry.name)}**{' **SYNTHETIC**' if one.entry.synthetic else ''}",
            escape(repeats.told(one)),
            text.label(spread.metric),
            text.estimate(spread.measure),
            f"{text.decimal(spread.deviation)}{f' over {spread.over}' if spread.over else ''}",
        ]
        for one in repeated
        for spread in one.spreads
    )
    yield from _table(header, "lllrr", lines)


def _thresholds(verdicts: list[Verdict]) -> Iterator[str]:
    yield f"{check.summary(verdicts).capitalize()}."
    if not verdicts:
        return
    yield ""
    yield from _table(
        ["run", "metric", "value", "bound", "margin", "verdict"],
        "llrrrl",
        (
            [
                escape(verdict.run),
                escape(verdict.metric),
                text.decimal(verdict.value),
                verdict.limit,
                text.ABSENT if verdict.margin is None else f"{verdict.margin:+.3f}",
                f"{'✅' if verdict.ok else '❌'} {verdict.word}",
            ]
            for verdict in verdicts
        ),
    )
    reasons = [f"- {escape(verdict.reason)}" for verdict in verdicts if verdict.reason]
    yield from ["", *reasons] if reasons else []


def _leakage(results: list[Result], audits: Mapping[str, Audit]) -> Iterator[str]:
    synthetic = {result.dataset for result in results if result.synthetic}
    for name, found in audits.items():
        yield f"### {escape(name)}{' (SYNTHETIC)' if name in synthetic else ''}\n"
        yield f"{'❌' if found.used.leaks else '✅'} {escape(' '.join((audit.verdict(found), audit.note(found))))}\n"
        sentences = (leakage.method(found), leakage.sizes(found), leakage.conflicts(found))
        yield f"{escape(' '.join(sentences))}\n"
        header = ["what should stay together", "in all", "in more than one part, as used", "as the publisher split"]
        yield from _table(header, "llll", (list(line) for line in leakage.lines(found)))
        yield ""
        for sample in leakage.samples(found):
            yield f"- {escape(sample.finding)}, such as: {', '.join(map(escape, sample.ids))}"
        for example in found.dropped.examples[: leakage.LISTED]:
            yield f"- Dropped: {escape(example.id)}, {escape(example.reason)}"
        if (more := len(found.dropped.examples) - leakage.LISTED) > 0:
            yield f"- Dropped: {more:,} more, all in leakage.json"
        yield ""


def _published(results: list[Result]) -> Iterator[str]:
    if any(result.synthetic for result in results):
        names = ", ".join(escape(result.run) for result in results if result.synthetic)
        yield f"- Not comparable, since measured on synthetic images: {names}."
    for result in results:
        if not result.synthetic:
            yield f"- **{escape(result.run)}**: {escape(text.published(result))}"


def _changes(results: list[Result]) -> Iterator[str]:
    for result in results:
        yield f"- **{escape(result.run)}**: {escape('; '.join(result.changed) or 'nothing')}"


def _pictures(results: list[Result], out: Path) -> Iterator[str]:
    for result in results:
        mark = " (SYNTHETIC)" if result.synthetic else ""
        yield f"<details><summary>{html.escape(result.run)}{mark}</summary>\n"  # HTML: no backslashes
        for name in captions.ORDER:
            if picture := result.pictures.get(name):
                words = captions.caption(result, name)
                link = quote(Path(os.path.relpath(picture.path, out)).as_posix())
                yield f"{escape(words.title)}: {escape(words.caption)}\n\n![{escape(words.alt)}]({link})\n"
        yield "</details>\n"


def _table(header: list[str], alignment: str, lines: Iterable[list[str]]) -> Iterator[str]:
    rules = {"l": "---", "r": "---:"}
    for cells in [header, [rules[side] for side in alignment], *lines]:
        yield f"| {' | '.join(cells)} |"
