"""index.html: the report as a page that opens from disk, without a network.

Pictures and tables lie beside it, linked by relative paths: the page stays small however many runs there are, and a
browser loads a picture when it is looked at. Its script sorts, filters and folds, and shows costs, which stand in
a file beside it that DVC does not track; all else is there without it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import jinja2
from markupsafe import Markup, escape

from cnnbench.config import PARTS
from cnnbench.core.printable import printable
from cnnbench.data import leakage, leakage_text
from cnnbench.data.leakage import Audit
from cnnbench.metrics import caveats, lookup
from cnnbench.metrics.intervals.bootstrap import Estimate
from cnnbench.metrics.per_class import NAMES as PER_CLASS
from cnnbench.report import (
    captions,
    comparisons,
    corruption_tables,
    external_tables,
    homepages,
    leaderboard,
    leakage_tables,
    links,
    page_parts,
    published,
    subgroup_tables,
    text,
)
from cnnbench.report.drawings import COMPARED, Drawing
from cnnbench.report.explore import run_scripts
from cnnbench.report.overview import Overview, evaluate_command
from cnnbench.report.repeats_table import describe_repeats
from cnnbench.report.scales import scales
from cnnbench.report.tradeoff import tradeoffs
from cnnbench.results import chance, checklist_links, columns, formatting, gate
from cnnbench.results.gate import Verdict
from cnnbench.results.line import ENDS
from cnnbench.results.run_result import RunResult

_DIGITS = 12  # of a hash
_LISTED = 20  # mistakes; the others stand in mistakes.csv


class Knob(NamedTuple):
    """A line of a recipe: as run and as published; None where one has no such knob."""

    name: str
    used: str | None
    published: str | None


def render(
    results: list[RunResult],
    verdicts: list[Verdict],
    audits: Mapping[str, Audit],
    overview: Overview,
    drawings: Mapping[str, Drawing],
    colours: Mapping[str, str],
    out: Path,
) -> str:
    """The report as one HTML page, everything from the data escaped.

    Args:
        results: Of every run.
        verdicts: On every threshold.
        audits: By data set.
        overview: Of the same runs.
        drawings: Pictures of several runs, as `drawings.draw` makes them.
        colours: By network.
        out: The folder that the page will stand in; pictures and tables are linked relative to it.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(page_parts.TEMPLATES),
        autoescape=True,  # select_autoescape goes by the suffix and does not know .j2
        finalize=_printable,
        undefined=jinja2.StrictUndefined,  # a misspelt name is an error, not an empty cell
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "estimate": formatting.estimate,
        "decimal": formatting.decimal,
        "interval": formatting.interval,
        "label": lookup.label,
        "shape": text.format_shape,
        # str.capitalize would make ROC roc
        "title_case": lambda words: words[:1].upper() + words[1:],
        "two_lines": lambda words: Markup(" <br>").join(words.split(" ", 1)),
        "slug": _slug,
        "breakable": _breakable,
        "link": lambda path: links.relative(path, out),
        "operations": formatting.operations,
        "sortable": lambda value: formatting.cell(value, ".6g"),
        "json": json.dumps,
    }
    environment.globals |= {
        "SECTIONS": page_parts.SECTIONS,
        "DATASET": page_parts.DATASET,
        "RUN": page_parts.RUN,
        "files": lambda folder, *names: [path for name in names if (path := folder / name).exists()],
        "PARTS": PARTS,
        "ABSENT": formatting.ABSENT,
        "figure": formatting.figure,
        "caption": captions.caption,
        "captions": captions,
        "LISTED": _LISTED,
        "colours": colours,
        "drawings": drawings,
        "compared": lambda dataset: [f"{dataset}-{name}" for name in COMPARED if f"{dataset}-{name}" in drawings],
        "recipe": _recipe,
        "published": text.compare_published,
        "origins": text.describe_start,
        "trials": text.describe_trials,
        "ranking": columns.RANKING,
        "agreement": published.compare,
        "badges": chance.badges,
        "badge_legend": chance.explain(overview.badges),
        "checklists": checklist_links,
        "metrics": _metrics,
        "counts": _counts,
        "audit": leakage,
        "audit_text": leakage_text,
        "leakage": leakage_tables,
        "overview": overview,
        "evaluate_command": evaluate_command,
        "external": external_tables,
        "corruptions": corruption_tables,
        "signed": formatting.signed,
        "p_value": formatting.p_value,
        "families": lambda runs: _group_repeats(runs, overview),
        "PER_CLASS": PER_CLASS,
        "class_estimate": _class_estimate,
        "headlines": comparisons.headlines,
        "positives": {result.dataset: result.positive for result in results},
        "caveats": caveats,
        "subgroups": subgroup_tables,
        "nothing_to_compare": comparisons.NONE,
        "synthetic_entries": {one.entry.name for one in overview.gathered if one.entry.record.synthetic},
        "describe_repeats": describe_repeats,
        "explore_script": run_scripts.script_address,
        "side_by_side": run_scripts.pair_up,
        "columns": columns.select("page"),
        "choices": columns.select("choice"),
        "better": lambda metric: lookup.find(metric).better,
        "out": out,
        "contents": [],
        "LONG": page_parts.LONG,
        "MOST_PAIRS": page_parts.MOST_PAIRS,
        "PRINTED_WHOLE": page_parts.PRINTED_WHOLE,
        "summarize_pairs": comparisons.summarize,
        "homepages": homepages,
        "line": lambda result: leaderboard.line(result, overview.places[result.run]),
    }
    script = page_parts.script()
    boards = list(scales(overview.rows, overview.places))
    datasets = {name: [run for run in results if run.dataset == name] for name in sorted({r.dataset for r in results})}
    return environment.get_template("report.html.j2").render(
        # The style sheet and the script are ours; nothing else is taken as it stands.
        style=Markup(page_parts.style()),  # noqa: S704
        script=Markup(script),  # noqa: S704
        # the policy in the page lets no other inline script run
        script_hash=base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii"),
        settings_digest=_digest(
            [[run.identity, run.seed, run.fold] for run in results],
            [[one.run, one.metric, one.bound] for one in verdicts],
        ),
        figures_digest=_digest(leaderboard.metrics(results)),
        results=results,
        publications=[result for result in results if result.has_publication],
        scales=boards,
        plots=list(tradeoffs(boards, overview.gathered)),
        datasets=datasets,
        verdicts=verdicts,
        audits=audits,
        leaking=gate.describe_leaks(audits),
        near=gate.describe_near(audits),
        leaks_summary=gate.summarize_leaks(audits),
        verdicts_summary=gate.summarize(verdicts),
        synthetic=sum(result.synthetic for result in results),
        with_twins=sum(result.twins > 0 for result in results),
        profiles=sorted({result.profile for result in results}),
    )


def _settings(results: list[RunResult], verdicts: list[Verdict]) -> Iterator[object]:
    """What params.yaml says of each run, and of each threshold."""
    yield from ((result.run, result.seed, result.fold, *result.identity) for result in results)
    yield from ((verdict.run, verdict.metric, verdict.bound) for verdict in verdicts)


def _digest(*content: object) -> str:
    """The first digits of a SHA-256."""
    return hashlib.sha256(repr(content).encode()).hexdigest()[:_DIGITS]


def _recipe(result: RunResult) -> list[Knob]:
    """Recipe as run and as published, side by side."""
    used, published = (dict(text.flatten(one.model_dump())) for one in (result.recipe, result.published_recipe))
    # A dictionary for a set: the order of a set of strings differs from run to run.
    return [Knob(name, used.get(name), published.get(name)) for name in dict.fromkeys([*used, *published])]


def _metrics(result: RunResult) -> list[tuple[str, Estimate]]:
    """Those of the table; without twins the figures on twins say nothing new."""
    names = [name for name in lookup.sort_names(result.metrics) if result.twins or not lookup.is_about_twins(name)]
    return [(name, result.metrics[name]) for name in names if name != "twins"]


def _group_repeats(runs: list[RunResult], overview: Overview) -> list[list[RunResult]]:
    """The runs, each with its repeats after it."""
    found: dict[str, list[RunResult]] = {}
    for run in runs:
        found.setdefault(overview.places[run.run].entry, []).append(run)
    return list(found.values())


def _class_estimate(row: Mapping[str, str], metric: str) -> Estimate:
    # An empty cell is a value that is not defined.
    return Estimate(*(float(row[f"{metric}{end}"] or "nan") for end in ENDS))


def _counts(runs: list[RunResult]) -> list[tuple[list[int], RunResult]]:
    """The different divisions of a data set, each with its folds and one of its runs."""
    found: dict[str, tuple[list[int], RunResult]] = {}
    for run in runs:
        folds, _ = found.setdefault(_key(run.examples, run.counts), ([], run))
        if run.fold not in folds:
            folds.append(run.fold)
    return list(found.values())


def _key(*parts: Mapping[str, object]) -> str:
    return repr(parts)  # mappings cannot be keys


def _printable(value: object) -> object:
    """Text with what would turn its direction made visible; what is HTML already is ours."""
    return printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _breakable(name: str) -> Markup:
    """A name, escaped, that may be broken after an underscore or a dot."""
    return Markup(re.sub(r"([._])", r"\1<wbr>", str(escape(printable(name)))))  # noqa: S704 - escaped on this line


def _slug(name: str) -> str:
    """A name as an anchor."""
    # An id may hold no space.
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name)
