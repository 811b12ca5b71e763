import itertools

import numpy as np
import pandas as pd
import pytest
import scikit_posthocs
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from cnnbench.evaluation.figures.style import save
from cnnbench.report.figures.critical_difference import critical_difference, find_groups


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


def bars(axes):
    """Height and ends of each."""
    lines = [line for line in axes.lines if line.get_linewidth() == 4]
    return sorted((line.get_ydata()[0], min(line.get_xdata()), max(line.get_xdata())) for line in lines)


@pytest.mark.parametrize("seed", range(12))
def test_bars_dots_and_names_are_where_scikit_posthocs_has_them(seed):
    rng = np.random.default_rng(seed)
    k = int(rng.integers(2, 9))
    ranks, p = 1 + rng.permutation(k * 4)[:k] / 4, rng.uniform(0, 0.2, (k, k))
    p = np.triu(p, 1) + np.triu(p, 1).T + np.eye(k)
    (ours,) = critical_difference(ranks, p, [str(place) for place in range(k)]).axes
    theirs = Figure().subplots()
    scikit_posthocs.critical_difference_diagram(
        pd.Series(ranks),
        pd.DataFrame(p),
        ax=theirs,
        crossbar_props={"linewidth": 4},
        label_fmt_left="{label} ({rank:.2f})",
        label_fmt_right="({rank:.2f}) {label}",
        text_h_margin=0.04 * max(1.0, np.ptp(ranks)),
    )
    # of bars that begin at one place the library has no order, so their heights may differ
    assert sorted(ends for _, *ends in bars(ours)) == sorted(ends for _, *ends in bars(theirs))
    for (y, _, end), (next_y, begin, _) in itertools.pairwise(bars(ours)):
        assert y != next_y or end < begin

    def said(axes):
        places = {text.get_text().strip(): (*text.get_position(), text.get_ha()) for text in axes.texts}
        return {name: (round(float(x), 9), y, side) for name, (x, y, side) in places.items()}

    def dots(axes):
        return sorted(tuple(drawn.get_offsets()[0]) for drawn in axes.collections)

    assert said(ours) == said(theirs)
    assert dots(ours) == dots(theirs)


def test_forty_networks_that_are_all_alike_are_one_group():
    # two to the fortieth steps where each subset is tried
    assert find_groups(np.ones((40, 40), bool)) == [list(range(40))]


def test_the_groups_are_those_that_trying_all_subsets_gives():
    rng = np.random.default_rng(0)
    for networks in range(1, 8):
        drawn = rng.random((networks, networks)) < 0.6
        alike = drawn | drawn.T | np.eye(networks, dtype=bool)
        sizes = range(2, networks + 1)
        cliques = [set(some) for size in sizes for some in itertools.combinations(range(networks), size)]
        cliques = [some for some in cliques if all(alike[pair] for pair in itertools.combinations(some, 2))]
        largest = [sorted(some) for some in cliques if not any(some < other for other in cliques)]
        assert find_groups(alike) == sorted(largest)
