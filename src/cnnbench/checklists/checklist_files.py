"""Writes the checklists of every evaluated run beside the report, whose page and whose exported models link them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from cnnbench.checklists import document, facts
from cnnbench.core import files
from cnnbench.results import checklist_links, entries


def texts(found: facts.Facts) -> dict[str, str]:
    """The checklists that fit a run, by the name of their file."""
    return {f"{name}.md": document.render(found, document.FORMATS[name]) for name in checklist_links.fitting(found.run)}


def write_all(root: Path) -> list[str]:
    """Writes `reports/checklists/<run>/`, and names the runs in `costs.js`, from which the page knows of them.

    DVC tracks none of it, since versions and processor differ between machines.

    Returns:
        The runs.

    Raises:
        UserError: A file of a run is damaged.
    """
    reports = root / "reports"
    known = entries.load(reports / "runs")
    written = {run: texts(facts.gather(run, root, known)) for entry in known for run in entry.runs}
    folder = reports / checklist_links.FOLDER
    for old in folder.glob("*"):
        if old.name not in written:
            shutil.rmtree(old)
    for run, contents in written.items():
        for name, text in contents.items():
            files.write_text(folder / run / name, text)
    costs = reports / "costs.js"
    if costs.exists():
        before = costs.read_text(encoding="utf-8").partition(facts.CHECKLISTS)[0]
        files.write_text(costs, f"{before}{facts.CHECKLISTS} {json.dumps(sorted(written))};\n")
    return sorted(written)
