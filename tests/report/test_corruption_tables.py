"""Corrupted images in report.md: the mean of a corruption, its difference from clean, and its share of it."""

import math
from dataclasses import replace

import pytest
from run_folders import BINARY, write_three

from cnnbench.metrics.intervals.bootstrap import Estimate
from cnnbench.report import corruption_tables
from cnnbench.results import corruption_result, run_result
from cnnbench.results.corruption_result import COLUMNS

ROWS = [("blur", "1", 0.8, -0.1), ("blur", "mean", 0.72, -0.18), ("all", "mean", 0.72, -0.18)]


@pytest.fixture
def measured(tmp_path):
    runs = write_three(tmp_path / "runs")
    table = tmp_path / "corruptions" / BINARY / "corruptions.csv"
    table.parent.mkdir(parents=True)
    rows = [f"{kind},{at},accuracy,{v},0.6,0.9,0.9,{d},-0.3,0" for kind, at, v, d in ROWS]
    table.write_text("\n".join([",".join(COLUMNS), *rows]) + "\n")
    return corruption_tables.gather(run_result.load(runs), corruption_result.load(tmp_path, {BINARY}))


def test_the_mean_is_also_told_as_a_share_of_the_clean_figure(measured):
    (section,) = corruption_tables.render_markdown(measured)
    (line,) = (line for line in section if line.startswith("| blur"))
    assert "| 0.720 |" in line
    assert line.endswith("| 80.0 % |")
    assert any(line.endswith("| of clean |") for line in section)


@pytest.mark.parametrize("clean", [0.0, math.nan])
def test_of_no_clean_figure_there_is_no_share(measured, clean):
    cell = replace(measured[0].result.cells[0], clean=clean, value=Estimate(0.5, 0.4, 0.6))
    assert corruption_tables.of_clean(cell) == "–"


@pytest.mark.parametrize(("more", "marked"), [(0.0, False), (0.01, True)])
def test_figures_of_another_training_are_marked(measured, more, marked):
    (one,) = measured
    table = one.result.folder / "corruptions.csv"
    now = one.run.metrics[one.run.headline].value
    table.write_text(table.read_text().replace(",0.9,0.9,", f",0.9,{now + more},"))
    (section,) = corruption_tables.render_markdown(measured)
    assert any(f"`dvc repro corrupt@{BINARY}`" in line for line in section) == marked
