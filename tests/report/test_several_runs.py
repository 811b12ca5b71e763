import matplotlib.colors
import numpy as np
import pandas as pd
import pytest

from cnnbench.evaluation import figures
from cnnbench.evaluation.figures.style import PALETTE
from cnnbench.metrics import curves
from cnnbench.report.figures import several_runs
from cnnbench.results.reading import picture_size

CLASSES = ["glioma", "meningioma", "no_tumour", "pituitary"]


def names(n):
    return [f"network{i % 5}" + (f"-s{i // 5}" if i >= 5 else "") for i in range(n)]


def shades(runs):
    by_network = figures.colours(run.partition("-")[0] for run in runs)
    return {run: by_network[run.partition("-")[0]] for run in runs}


def curve(seed):
    rng = np.random.default_rng(seed)
    labels = np.repeat(range(4), 15)
    scores = np.abs(rng.normal(size=(60, 4)) + np.eye(4)[labels])
    frame = curves.roc(labels, scores, CLASSES)
    return frame[frame["class"] == "macro"]


def history(seed, epochs=6):
    rng = np.random.default_rng(seed)
    columns = ["loss", "val_loss", "accuracy", "val_accuracy"]
    return pd.DataFrame(rng.uniform(0.4, 0.9, size=(epochs, 4)), columns=columns).assign(epoch=range(1, epochs + 1))


def drawn(name, n):
    runs = names(n)
    if name == "confusions":
        rng = np.random.default_rng(0)
        return several_runs.confusion_matrices({run: rng.integers(0, 20, size=(4, 4)) for run in runs}, CLASSES)
    if name == "learning_curves":
        histories = {run: history(i, 6 + i) for i, run in enumerate(runs)}
        return several_runs.learning_curves(histories, shades(runs))
    areas = dict.fromkeys(runs, (0.8, 0.7, 0.9))
    return several_runs.roc_curves({run: curve(i) for i, run in enumerate(runs)}, areas, shades(runs))


def looks(axes):
    return {
        line.get_label().partition(",")[0]: (matplotlib.colors.to_hex(line.get_color()), str(line._dash_pattern))
        for line in axes.lines
    }


@pytest.mark.parametrize("n", [2, 5, 12])
@pytest.mark.parametrize("name", ["roc", "confusions", "learning_curves"])
def test_a_drawing_repeats_itself_and_fits_a_page(name, n, tmp_path):
    for turn in ("a", "b"):
        figures.save(drawn(name, n), tmp_path / f"{turn}.svg")
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()
    assert (tmp_path / "a.svg").stat().st_size < 400_000
    assert 400 < picture_size(tmp_path / "a.svg")[0] < 1350


@pytest.mark.parametrize("name", ["roc", "learning_curves"])
def test_no_two_runs_look_alike_and_a_network_keeps_its_colour(name):
    for axes in drawn(name, 12).axes:
        look = {run: look for run, look in looks(axes).items() if run.startswith("network")}
        assert len(set(look.values())) == 12
        assert {run: shade for run, (shade, _) in look.items()} == {
            run: s.lower() for run, s in shades(names(12)).items()
        }


def test_roc_of_runs_names_areas_with_their_intervals():
    said = [text.get_text() for text in drawn("roc", 2).axes[0].get_legend().get_texts()]
    assert said == [
        "network0, area 0.800 (0.700 to 0.900)",
        "network1, area 0.800 (0.700 to 0.900)",
        "95 % band",
        "chance, area 0.500",
    ]


def test_bands_give_way_where_they_would_hide_one_another():
    assert len(drawn("roc", 5).axes[0].collections) == 5 + 1  # and the one of the legend
    assert not drawn("roc", 6).axes[0].collections


def test_roc_of_runs_without_a_curve_or_a_band():
    empty, plain = curve(0).iloc[:0], curve(1)[["fpr", "tpr"]]
    areas = {"a": (np.nan, np.nan, np.nan), "b": (0.8, np.nan, np.nan)}
    axes = several_runs.roc_curves({"a": empty, "b": plain}, areas, {"a": "#000000", "b": "#0173b2"}).axes[0]
    said = [text.get_text() for text in axes.get_legend().get_texts()]
    assert said == ["a, not defined", "b, area 0.800", "chance, area 0.500"]
    none = several_runs.roc_curves({"a": empty}, areas, {"a": "#000000"}).axes[0]
    assert [text.get_text() for text in none.texts] == ["No run has a curve."]


@pytest.mark.parametrize(("n", "shape"), [(1, (1, 1)), (4, (1, 4)), (5, (2, 3)), (12, (3, 4))])
def test_confusions_are_side_by_side(n, shape):
    figure = drawn("confusions", n)
    shown = [axes for axes in figure.axes if axes.get_title(loc="left")]
    assert [axes.get_title(loc="left") for axes in shown] == names(n)
    assert shown[0].get_subplotspec().get_gridspec().get_geometry() == shape
    figure.draw_without_rendering()
    for place, axes in enumerate(shown):  # class names at the left of each row, and below each column
        assert bool(axes.get_yticklabels()) == (place % shape[1] == 0)
        assert bool(axes.get_xticklabels()) == (place + shape[1] >= n)


def test_learning_curves_share_their_axes():
    axes = drawn("learning_curves", 2).axes
    titles = [each.get_title(loc="left") for each in axes]
    assert titles == ["Loss, training", "Loss, validation", "Accuracy, training", "Accuracy, validation"]
    assert axes[0].get_ylim() == axes[1].get_ylim()
    assert axes[2].get_ylim() == axes[3].get_ylim()


def test_learning_curves_without_accuracy_of_one_epoch_or_diverged(tmp_path):
    plain = history(0).drop(columns=["accuracy", "val_accuracy"])
    for given in [{"a": plain, "b": plain.iloc[:1]}, {"a": plain.assign(loss=np.inf, val_loss=np.nan)}]:
        figure = several_runs.learning_curves(given, dict.fromkeys(given, "#0173b2"))
        assert [axes.get_title(loc="left") for axes in figure.axes] == ["Loss, training", "Loss, validation"]
        figures.save(figure, tmp_path / "a.png")


def test_a_network_has_one_colour_whatever_the_order():
    by_network = figures.colours(["vgg16", "conv1d", "vgg16", "plain_cnn"])
    assert list(by_network) == ["conv1d", "plain_cnn", "vgg16"]
    assert by_network == figures.colours(["plain_cnn", "vgg16", "conv1d"])
    assert len(set(by_network.values())) == 3


def test_the_palette_begins_again_and_is_seen_on_white():
    many = figures.colours(f"network{i:02}" for i in range(9))
    assert many["network00"] == many["network07"] != many["network06"]
    for shade in PALETTE:
        rgb = np.array(matplotlib.colors.to_rgb(shade))
        linear = np.where(rgb <= 0.03928, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
        assert 1.05 / (0.05 + linear @ [0.2126, 0.7152, 0.0722]) > 2.2  # contrast, as WCAG 2 defines it
