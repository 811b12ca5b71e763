import itertools
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from toy_figures import EVERY, classified, draw, history, texts

from cnnbench.evaluation import figures
from cnnbench.evaluation.figures.style import shorten, wrap
from cnnbench.metrics import calibration, curves

LONG = [f"a rather long name of class number {c}" for c in range(10)]


@pytest.mark.parametrize("name", EVERY)
def test_a_figure_repeats_itself_is_small_and_bears_no_library(name, tmp_path):
    for turn in ("a", "b"):
        for suffix in ("png", "svg"):
            figures.save(draw(name), tmp_path / f"{turn}.{suffix}")
    for suffix in ("png", "svg"):
        assert (tmp_path / f"a.{suffix}").read_bytes() == (tmp_path / f"b.{suffix}").read_bytes()
    assert "dc:date" not in (tmp_path / "a.svg").read_text()
    assert (tmp_path / "a.png").stat().st_size < 150_000
    with Image.open(tmp_path / "a.png") as image:
        assert set(image.info) <= {"dpi"}
        assert round(image.info["dpi"][0]) == 110
        assert 400 < image.width < 1200
        assert image.convert("RGB").getpixel((0, 0)) == (255, 255, 255)


def test_another_process_with_another_style_writes_the_same_bytes(tmp_path):
    (tmp_path / "matplotlibrc").write_text("font.size: 18\nsavefig.dpi: 50\nfigure.facecolor: black\n")
    script = [
        "import sys; from pathlib import Path",
        f"sys.path[:0] = {[str(Path(__file__).parent), *sys.path]!r}",
        "from cnnbench.evaluation import figures; from toy_figures import EVERY, draw",
        "for name in EVERY: figures.save(draw(name), Path(name + '.png'))",
    ]
    subprocess.run([sys.executable, "-c", "\n".join(script)], cwd=tmp_path, check=True)
    for name in EVERY:
        figures.save(draw(name), tmp_path / "here.png")
        assert (tmp_path / "here.png").read_bytes() == (tmp_path / f"{name}.png").read_bytes()


def test_save_makes_the_folder_clears_the_figure_and_refuses_other_formats(tmp_path):
    figure = draw("residuals")
    figures.save(figure, tmp_path / "new" / "a.png")
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["a.png"]
    assert not figure.axes
    with pytest.raises(ValueError, match=r"\.png or \.svg"):
        figures.save(figure, tmp_path / "a.pdf")


def test_nothing_global_is_left_behind():
    import matplotlib as mpl
    from matplotlib import pyplot as plt

    before = dict(mpl.rcParams), plt.get_fignums()
    for name in EVERY:
        draw(name)
    assert (dict(mpl.rcParams), plt.get_fignums()) == before


def test_the_import_needs_no_tensorflow():
    code = "import sys, cnnbench.evaluation.figures, cnnbench.metrics.measure, cnnbench.metrics.curves\n"
    code += "print(sorted({'tensorflow', 'keras', 'mlflow'} & set(sys.modules)))"
    run = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path[:0] = {sys.path!r}\n{code}"],
        check=True,
        capture_output=True,
        text=True,
    )
    assert run.stdout == "[]\n"


def test_confusion_shows_counts_and_shares():
    shown = texts(figures.confusion(np.array([[1199, 1], [0, 300]]), ["normal", "pneumonia"]))
    assert {"1,199", "1", "0", "300", ">99%", "<1%", "0%", "100%", "normal", "pneumonia"} <= set(shown)


def test_confusion_of_a_class_without_examples_says_so():
    assert texts(figures.confusion(np.array([[3, 1], [0, 0]]), ["a", "b"])).count("no test example") == 1


def overlapping(labels):
    boxes = [label.get_window_extent() for label in labels if label.get_text()]
    return any(a.overlaps(b) for a, b in itertools.pairwise(boxes))


@pytest.mark.parametrize("classes", [["no invasive carcinoma", "invasive ductal carcinoma"], LONG[:4], LONG])
def test_long_class_names_do_not_overlap(classes):
    k = len(classes)
    figure = figures.confusion(np.eye(k, dtype=int), classes)
    figure.draw_without_rendering()
    for axes in figure.axes:
        assert not overlapping(axes.get_yticklabels())
        below = axes.get_xticklabels()
        if below[0].get_rotation() == 0:
            assert not overlapping(below)
        else:  # slanted lines of text lie apart by the sine of their slant
            apart = np.diff(axes.transData.transform([(0, 0), (1, 0)])[:, 0])[0] * np.sin(np.radians(40))
            assert apart > below[0].get_fontsize() * figure.dpi / 72
            assert "\n" not in below[0].get_text()


def test_many_classes_are_drawn_without_numbers():
    shown = texts(figures.confusion(7 * np.eye(40, dtype=int), [f"class {c}" for c in range(40)]))
    assert "7" not in shown
    assert "class 39" in shown


def test_roc_names_areas_and_what_is_not_defined():
    labels, scores = classified(4)
    labels = np.where(labels == 3, 0, labels)
    classes = ["a", "b", "c", "d"]
    figure = figures.roc(curves.roc(labels, scores, classes), curves.auc(labels, scores, classes))
    legend = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert legend[0].startswith("mean of the classes, area 0.")
    assert legend[-3:] == ["d, not defined", "95 % band", "chance, area 0.500"]


def test_roc_shows_the_band_and_the_interval_of_the_curve_that_stands_for_the_run():
    for k, name in [(2, "b"), (4, "mean of the classes")]:
        labels, scores = classified(k)
        classes = list("abcd")[:k]
        curve, aucs = curves.roc(labels, scores * 0.1 + 0.2, classes), curves.auc(labels, scores, classes)
        plain, banded = figures.roc(curve[["class", "fpr", "tpr"]], aucs), figures.roc(curve, aucs, (0.8, 0.71, 0.89))
        assert f"{name}, area 0.800 (0.710 to 0.890)" in texts(banded)
        assert ("95 % band" in texts(banded), "95 % band" in texts(plain)) == (True, False)
        assert len(banded.axes[0].collections) - len(plain.axes[0].collections) >= 2  # the band and its key


def test_a_dollar_sign_in_a_class_name_is_one(tmp_path):
    classes = ["costs $5", "$x_1$ $"]
    labels, scores = classified(2)
    figure = figures.roc(curves.roc(labels, scores, classes), curves.auc(labels, scores, classes))
    figures.save(figure, tmp_path / "roc.svg")
    figures.save(figures.confusion(np.eye(2, dtype=int), classes), tmp_path / "confusion.png")


def test_roc_enlarges_the_corner_only_where_curves_crowd_in_it():
    labels, scores = classified(2)
    for crowded, given in [(True, scores), (False, np.random.default_rng(0).dirichlet(np.ones(2), size=60))]:
        figure = figures.roc(curves.roc(labels, given, ["a", "b"]), curves.auc(labels, given, ["a", "b"]))
        assert ("upper left corner, enlarged" in texts(figure)) is crowded


@pytest.mark.parametrize("k", [2, 4])
def test_roc_without_curves(k, tmp_path):
    labels, scores = classified(k)
    classes = LONG[:k]
    figure = figures.roc(curves.roc(labels * 0, scores, classes), curves.auc(labels * 0, scores, classes))
    assert any("No curve" in text for text in texts(figure))
    figures.save(figure, tmp_path / "a.png")


@pytest.mark.parametrize(
    ("frame", "titles"),
    [
        (history(1), ["Loss", "Accuracy"]),
        (history(100), ["Loss", "Accuracy"]),
        (history(5).assign(lr=[1e-3, 1e-3, 1e-4, 1e-4, 1e-5]), ["Loss", "Accuracy", "Learning rate (log scale)"]),
        (history(5).drop(columns=["accuracy", "val_accuracy", "lr"]), ["Loss"]),
        (history(3).assign(loss=[600.0, 80, 9], val_loss=[500.0, 90, 12]), ["Loss (log scale)", "Accuracy"]),
        (history(3).assign(loss=np.nan, val_loss=np.inf), ["Loss", "Accuracy"]),
    ],
)
def test_learning_curves_have_a_panel_for_each(frame, titles, tmp_path):
    figure = figures.learning_curves(frame)
    assert [axes.get_title(loc="left") for axes in figure.axes] == titles
    figure.draw_without_rendering()
    for axes in figure.axes:
        low, high = axes.get_xlim()
        ticks = [tick for tick in axes.get_xticks() if low <= tick <= high]
        assert ticks
        assert all(tick == round(tick) for tick in ticks)
    figures.save(figure, tmp_path / "a.png")


def test_learning_curves_mark_the_best_epoch():
    figure = figures.learning_curves(history(4).assign(val_loss=[0.9, 0.4, np.nan, 0.5]))
    assert "lowest validation loss, epoch 2" in texts(figure)


def test_learning_curves_mark_the_end_of_the_first_phase():
    plain, phases = history(5), history(5).assign(phase=["head"] * 2 + ["all"] * 3)
    figure = figures.learning_curves(phases)
    assert "all layers from epoch 3" in texts(figure)
    assert len(figure.axes[0].lines) == len(figures.learning_curves(plain).axes[0].lines) + 1


def test_a_regression_that_diverged_says_so(tmp_path):
    for plot in (figures.true_vs_predicted, figures.residuals):
        figure = plot(np.arange(3.0), np.array([np.nan, np.inf, -np.inf]), "1000 USD")
        assert "No prediction is a finite number." in texts(figure)
        figures.save(figure, tmp_path / "a.png")


def test_reliability_draws_a_bar_for_each_bin_that_holds_examples(tmp_path):
    bins = calibration.reliability(np.array([0, 1, 0]), np.array([[0.9, 0.1], [0.91, 0.09], [0.6, 0.4]]))
    shares, counts = figures.reliability(bins).axes
    assert [bar.get_height() for bar in shares.patches] == [1.0, 0.5]
    assert [bar.get_height() for bar in counts.patches if bar.get_height()] == [1, 2]
    empty = figures.reliability(calibration.reliability(np.zeros(3, int), np.full((3, 2), np.nan)))
    assert "No score is a finite number." in texts(empty)
    figures.save(empty, tmp_path / "a.png")


def test_axes_bear_the_unit():
    assert "True value (1000 USD)" in texts(draw("true_vs_predicted"))
    assert "Predicted value" in texts(figures.residuals(np.arange(3.0), np.ones(3), ""))


def test_wrapped_and_shortened():
    assert wrap("no_tumour", 9) == "no_tumour"
    assert wrap("no_tumour", 8) == "no_\ntumour"
    assert wrap("invasive ductal carcinoma", 15) == "invasive ductal\ncarcinoma"
    assert wrap("pneumonia", 4) == "pneumonia"
    assert wrap("", 4) == ""
    assert shorten("class 10", 8) == "class 10"
    assert shorten("a long class 10", 10) == "a long… 10"
    assert len(shorten(LONG[0], 32)) == 32


@pytest.mark.parametrize("name", ["x" * 80, "_".join("x" * 30 for _ in range(4)), "a word " * 40])
def test_a_class_name_of_any_length_leaves_room_for_the_figure(name, tmp_path):
    classes = [name, f"{name}2"]
    labels, scores = classified(2)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figures.save(figures.confusion(np.eye(2, dtype=int), classes), tmp_path / "confusion.png")
        figures.save(
            figures.roc(curves.roc(labels, scores, classes), curves.auc(labels, scores, classes)), tmp_path / "roc.svg"
        )
