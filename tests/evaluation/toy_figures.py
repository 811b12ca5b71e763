"""A small figure of each kind."""

import matplotlib.text
import numpy as np
import pandas as pd

from cnnbench.evaluation import figures
from cnnbench.metrics import calibration, curves

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (8, 28, 28, 3), np.uint8)
HEATS = RNG.random((8, 28, 28), np.float32)
CAPTIONS = ["actual no finding\npredicted invasive ductal carcinoma (>99%)"] * 8
WRONG = [True] + [False] * 7
MAPS = [("conv", RNG.normal(size=(26, 26, 9))), ("pool", RNG.random((1, 1, 20))), ("last", np.zeros((2, 2, 3)))]
PICTURES = ["samples", "grad_cam", "feature_maps"]
EVERY = ["confusion", "roc", "reliability", "learning_curves", "true_vs_predicted", "residuals", *PICTURES]


def classified(k, n=60):
    """Labels and scores of a fair classifier."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, k, size=n)
    return labels, rng.dirichlet(np.ones(k), size=n) * 0.5 + 0.5 * np.eye(k)[labels]


def history(epochs):
    """A training's history."""
    rng = np.random.default_rng(0)
    names = ["loss", "val_loss", "accuracy", "val_accuracy"]
    frame = pd.DataFrame(rng.uniform(0.2, 0.9, size=(epochs, 4)), columns=names)
    return frame.assign(epoch=range(1, epochs + 1), lr=1e-3)


def draw(name):
    """The figure of a name in `EVERY`."""
    rng = np.random.default_rng(0)
    targets = rng.normal(22, 9, size=40)
    labels, scores = classified(4)
    classes = ["glioma", "meningioma", "no_tumour", "pituitary"]
    return {
        "confusion": lambda: figures.confusion(curves.confusion(labels, scores.argmax(axis=1), 4), classes),
        "roc": lambda: figures.roc(curves.roc(labels, scores, classes), curves.auc(labels, scores, classes)),
        "reliability": lambda: figures.reliability(calibration.reliability(labels, scores)),
        "learning_curves": lambda: figures.learning_curves(history(12)),
        "true_vs_predicted": lambda: figures.true_vs_predicted(targets, targets + 1, "1000 USD"),
        "residuals": lambda: figures.residuals(targets, targets + rng.normal(size=40), "1000 USD"),
        "samples": lambda: figures.samples(IMAGES, CAPTIONS, WRONG),
        "grad_cam": lambda: figures.grad_cam(IMAGES, HEATS, CAPTIONS, WRONG),
        "feature_maps": lambda: figures.feature_maps(IMAGES[0], MAPS, CAPTIONS[0]),
    }[name]()


def texts(figure):
    """All texts of a figure."""
    return [text.get_text() for text in figure.findobj(matplotlib.text.Text)]
