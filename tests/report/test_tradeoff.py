import itertools
import json

import pytest
from run_folders import overview_of, write_everything

from cnnbench.metrics.intervals.bootstrap import Estimate
from cnnbench.report import tradeoff
from cnnbench.report.scales import scales
from cnnbench.results import run_result


@pytest.fixture
def plot(tmp_path):
    """Of the four networks that are measured in accuracy; the operations of two have no logarithm."""
    runs, _ = write_everything(tmp_path)
    for run in ("mnist-mnist_cnn", "chest_xray-chest_cnn"):
        path = runs / run / "run.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | {"flops": 0}))
    together = overview_of(runs)
    boards = list(scales(run_result.load(runs), together.places))
    (found,) = tradeoff.tradeoffs(boards, together.gathered)
    return found


def test_repeats_are_one_dot_and_the_best_is_on_top(plot):
    assert [dot.entry for dot in plot.dots] == [
        "mnist-mnist_cnn", "chest_xray-chest_cnn", "skin_cancer-skin_cnn", "skin_cancer-plain_cnn",
    ]  # fmt: skip
    assert [len(dot.runs) for dot in plot.dots] == [1, 1, 7, 6]
    heights = [dot.y for dot in plot.dots]
    assert heights == sorted(heights)
    assert all(dot.high <= dot.y <= dot.low for dot in plot.dots)


def test_the_axis_of_the_metric_holds_every_interval(plot):
    assert plot.ticks[0].label == "0.4"
    assert plot.ticks[-1].label == "1"
    assert plot.ticks[-1].at == 0
    assert max(dot.low for dot in plot.dots) <= plot.height


def test_a_cost_of_nothing_has_no_place_on_its_axis(plot):
    flops, parameters = plot.axes
    assert set(flops.x) == {"skin_cancer-skin_cnn", "skin_cancer-plain_cnn"}
    assert set(parameters.x) == {dot.entry for dot in plot.dots}
    assert [tick.label for tick in flops.ticks] == ["10 MFLOP", "100 MFLOP"]
    assert [tick.label for tick in parameters.ticks] == ["10 M", "100 M"]
    assert parameters.x["mnist-mnist_cnn"] == pytest.approx(4.27, abs=0.01)  # log10(11,033,409 / 10^7)


@pytest.mark.parametrize("wanted", [[0, 0, 0], [5, 6, 200], [235, 238, 239, 240], [120] * 12, [0, 240]])
def test_labels_do_not_overlap_and_stay_in_the_plot(wanted):
    rows = tradeoff._spread_labels(wanted, 240)
    assert all(after - before >= 17 - 1e-9 for before, after in itertools.pairwise(rows))
    assert rows[0] >= 0
    assert rows[-1] <= 240


def test_an_undefined_metric_has_no_dot(runs):
    found, together = run_result.load(runs), overview_of(runs)
    undefined = Estimate(*[float("nan")] * 3)
    boards = list(scales(found, together.places))
    gathered = [
        one._replace(spreads=tuple(spread._replace(measure=undefined) for spread in one.spreads))
        if one.entry.name.startswith("mnist")
        else one
        for one in together.gathered
    ]
    assert list(tradeoff.tradeoffs(boards, together.gathered))
    assert list(tradeoff.tradeoffs(boards, gathered)) == []
