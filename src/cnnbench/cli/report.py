"""Make a report of some runs, beside the pipeline's own, and open it.

The runs are names or patterns, such as 'mnist-*'; without any, all that are evaluated. The report has the form of the
pipeline's: index.html, report.md and the tables, in a folder of its own (reports/selection), so that nothing that DVC
tracks changes. Ranks and comparisons are among these runs alone.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from cnnbench.cli import _terminal
from cnnbench.core.errors import UserError, unknown

_REPORTS = Path("reports")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options."""
    parser.add_argument("runs", nargs="*", metavar="RUN", help="a name or a pattern; default: all that are evaluated")
    _terminal.add_path(parser, "--out", "FOLDER", (_REPORTS / "selection").as_posix())
    parser.add_argument("--open", action="store_true", help="show it in the browser")


def run(arguments: argparse.Namespace) -> int:
    """Writes the report and says where it is."""
    from cnnbench import config
    from cnnbench.report import build
    from cnnbench.results import external_result
    from cnnbench.runs.brought_record import FOLDER

    _check_place(arguments.out)
    knobs = config.load()
    chosen = _choose(arguments.runs)
    bound = {*chosen, *(test.run for test in external_result.load(_REPORTS, chosen))}
    build.compile_report(
        _REPORTS / "runs",
        Path("data/splits"),
        arguments.out,
        {name: bounds for name, bounds in knobs.thresholds.items() if name in bound},
        names=chosen,
        apart=knobs.ranks == "apart",
        brought_dir=FOLDER,
    )
    _copy_costs(arguments.out)
    page = arguments.out / "index.html"
    _terminal.say(f"{page}: a report of {', '.join(chosen)}")
    if arguments.open:
        import webbrowser

        if not webbrowser.open(page.absolute().as_uri()):
            _terminal.say(f"No browser was found: open {page} by hand.")
    return 0


def _choose(wanted: Sequence[str]) -> list[str]:
    """The evaluated runs that these names and patterns are of, sorted."""
    from cnnbench.runs.record import FILE

    known = sorted(path.parent.name for path in (_REPORTS / "runs").glob(f"*/{FILE}"))
    if not known:
        raise UserError(f"Expected a run in {_REPORTS / 'runs'}, received none: {_terminal.remedy('dvc repro')}")
    for pattern in wanted:
        if not any(fnmatchcase(name, pattern) for name in known):
            raise unknown("an evaluated run or a pattern of some", pattern, known)
    return [name for name in known if not wanted or any(fnmatchcase(name, pattern) for pattern in wanted)]


def _check_place(out: Path) -> None:
    """Refuses a folder that holds what DVC or git tracks."""
    ours = _REPORTS.absolute()
    inside = out.absolute().resolve().is_relative_to(ours.resolve())
    if inside and out.resolve().relative_to(ours.resolve()).parts[:1] != ("selection",):
        raise UserError(
            f"Expected --out to be a folder outside of {_REPORTS}, or {_REPORTS / 'selection'}, received {out}: what "
            "lies there is the pipeline's."
        )


def _copy_costs(out: Path) -> None:
    from cnnbench.core import files

    costs = _REPORTS / "costs.js"
    if costs.exists():
        files.write_text(out / "costs.js", costs.read_text(encoding="utf-8"))
