import numpy as np
import pytest
from matplotlib import pyplot as plt

from cnnbench.evaluation.figures.style import save
from cnnbench.report.figures.critical_difference import critical_difference


def test_each_network_is_named_with_its_rank_and_the_tied_are_joined(tmp_path):
    open_before = plt.get_fignums()
    ranks, p = np.array([2.6, 1.2, 2.2]), np.array([[1, 0.01, 0.6], [0.01, 1, 0.01], [0.6, 0.01, 1]])
    figure = critical_difference(ranks, p, ["late", "early", "a_name_" * 9])
    (axes,) = figure.axes
    said = [text.get_text().strip() for text in axes.texts]
    assert said[:2] == ["early (1.20)", said[1]]
    assert "…" in said[1]
    assert "(2.60) late" in said
    (bar,) = [line for line in axes.lines if line.get_linewidth() == 4]
    assert sorted(bar.get_xdata()) == pytest.approx([2.2, 2.6])
    assert plt.get_fignums() == open_before
    save(figure, tmp_path / "cd.png")
    again = critical_difference(ranks, p, ["late", "early", "a_name_" * 9])
    save(again, tmp_path / "again.png")
    assert (tmp_path / "cd.png").read_bytes() == (tmp_path / "again.png").read_bytes()


def test_equal_ranks_and_pairs_without_a_test(tmp_path):
    figure = critical_difference(np.full(4, 2.5), np.full((4, 4), np.nan), list("pqrs"))
    save(figure, tmp_path / "cd.png")
    assert (tmp_path / "cd.png").stat().st_size > 1000
