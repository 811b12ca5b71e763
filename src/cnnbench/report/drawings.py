"""Pictures of several runs together, drawn when the report is made: a data set's networks, and all data sets."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cnnbench.core.files import aside
from cnnbench.metrics.intervals.bootstrap import UNDEFINED
from cnnbench.report import captions
from cnnbench.report.captions import Caption
from cnnbench.results.reading import picture_size
from cnnbench.results.run_result import CURVE, RunResult

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from cnnbench.report.overview import Overview

DIAGRAM = "critical_difference"
COMPARED = ("roc", "confusion", "learning_curves")
"""What is drawn of a data set with several networks, as far as it is defined; of a regression learning curves alone."""


class Drawing(NamedTuple):
    """A picture that stands in reports/plots/.

    Attributes:
        svg: The file's content.
        width, height: In pixels.
        words: That go with it.
    """

    svg: bytes
    width: int
    height: int
    words: Caption


def colours(results: Iterable[RunResult]) -> dict[str, str]:
    """The colour of each network, which it has in every picture of the report."""
    from cnnbench.evaluation import figures  # matplotlib takes a second

    return dict(figures.colours({result.architecture for result in results}))


def draw(results: list[RunResult], overview: Overview) -> dict[str, Drawing]:
    """Every picture of several runs, by the stem of its file: <data set>-roc, critical_difference ..."""
    by_run, shades = {result.run: result for result in results}, colours(results)
    firsts: dict[str, dict[str, RunResult]] = {}
    for one in overview.gathered:
        firsts.setdefault(one.entry.record.dataset, {})[one.entry.name] = by_run[one.entry.runs[0]]
    drawings: dict[str, Drawing] = {}
    for dataset in sorted(firsts):
        alike = _comparable(firsts[dataset])
        if len(alike) > 1:
            *names, last = alike
            repeated = any(one.repeated for one in overview.gathered if one.entry.record.dataset == dataset)
            listed = f"{', '.join(names)} and {last}{', of repeats the first run' if repeated else ''}"
            drawings |= {f"{dataset}-{name}": drawing for name, drawing in _draw_dataset(alike, shades, listed).items()}
    return drawings | _draw_diagram(overview)


def write(drawings: Mapping[str, Drawing], folder: Path) -> None:
    """Writes each drawing, and removes pictures of an earlier report that are no longer drawn."""
    # DVC empties plots/ before the stage; a report that is made without DVC finds old pictures.
    for path in [path for suffix in (".svg", ".png") for path in folder.glob(f"*{suffix}")]:
        if path.suffix == ".png" or path.stem not in drawings:  # an earlier version drew each as a PNG, too
            path.unlink()
    for name, drawing in drawings.items():
        with aside(folder / f"{name}.svg") as part:
            part.write_bytes(drawing.svg)


def _comparable(entries: Mapping[str, RunResult]) -> dict[str, RunResult]:
    """Those that can stand in one picture with the first, by the shortest name that tells them apart."""
    first = next(iter(entries.values()))
    # The data set is in the caption already.
    names = {name: name.removeprefix(f"{first.dataset}-") for name in entries}
    # One axis for all: other classes, made-up images or another split would be a false comparison.
    kind = (first.classes, first.synthetic, first.protocol)
    return {
        names[name]: result
        for name, result in entries.items()
        if (result.classes, result.synthetic, result.protocol) == kind
    }


def _draw_dataset(runs: Mapping[str, RunResult], shades: Mapping[str, str], listed: str) -> dict[str, Drawing]:
    """The pictures of a data set's networks, in words."""
    import pandas as pd

    from cnnbench.report.figures import several_runs

    first = next(iter(runs.values()))
    by_run = {name: shades[result.architecture] for name, result in runs.items()}
    title = f"{first.title} (SYNTHETIC)" if first.synthetic else first.title
    drawn = {}
    areas = {name: tuple(result.metrics.get("roc_auc", UNDEFINED)) for name, result in runs.items()}
    if any(math.isfinite(area[0]) for area in areas.values()):
        curves = {name: _roc_curve(result) for name, result in runs.items()}
        figure = several_runs.roc_curves(curves, areas, by_run, first.positive)
        drawn["roc"] = _save(figure, captions.roc_curves(title, listed, first))
    if first.is_classification:
        figure = several_runs.confusion_matrices(
            {name: _confusion_matrix(result) for name, result in runs.items()}, list(first.classes)
        )
        drawn["confusion"] = _save(figure, captions.confusion_matrices(title, listed, first))
    histories = {
        name: pd.DataFrame(list(result.history)).apply(pd.to_numeric, errors="coerce") for name, result in runs.items()
    }
    figure = several_runs.learning_curves(histories, by_run)
    drawn["learning_curves"] = _save(figure, captions.learning_curves(title, listed))
    return drawn


def _roc_curve(result: RunResult) -> pd.DataFrame:
    """The one curve that stands for a run: of the second of two classes, or the mean over classes."""
    import pandas as pd

    wanted = result.classes[1] if len(result.classes) == 2 else "macro"
    rows = [row for row in result.roc if row["class"] == wanted]
    return pd.DataFrame({name: [float(row[name] or "nan") for row in rows] for name in CURVE})


def _confusion_matrix(result: RunResult) -> np.ndarray:
    counts = {(row["actual"], row["predicted"]): float(row["count"]) for row in result.confusion}
    cells = [[counts.get((actual, predicted), 0) for predicted in result.classes] for actual in result.classes]
    return np.array(cells, dtype=int)


def _draw_diagram(overview: Overview) -> dict[str, Drawing]:
    """The critical-difference diagram, where there are networks and data sets enough."""
    if overview.general is None:
        return {}
    from cnnbench.report.figures.critical_difference import critical_difference

    overall, words = overview.general
    ranks = np.array([rank.value for rank in overall.ranks])
    figure = critical_difference(ranks, overall.p_holm, overall.networks)
    return {DIAGRAM: _save(figure, Caption("Over several data sets", words, f"Critical-difference diagram. {words}"))}


def _save(figure: Figure, words: Caption) -> Drawing:
    from cnnbench.evaluation.figures import save

    # Into memory: page and report need the pictures before any file may be written.
    with TemporaryDirectory() as folder:
        path = Path(folder) / "drawing.svg"
        save(figure, path)
        return Drawing(path.read_bytes(), *picture_size(path), words)
