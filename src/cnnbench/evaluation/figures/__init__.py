"""The figures of one run, in one style: no window, no global state, the same bytes on every run.

Only shares and residuals are computed here. `save` writes a figure.
"""

from cnnbench.evaluation.figures.feature_maps import feature_maps
from cnnbench.evaluation.figures.grad_cam import grad_cam, overlay
from cnnbench.evaluation.figures.heatmap import confusion
from cnnbench.evaluation.figures.learning_curves import learning_curves
from cnnbench.evaluation.figures.reliability import reliability
from cnnbench.evaluation.figures.roc import roc
from cnnbench.evaluation.figures.samples import samples
from cnnbench.evaluation.figures.scatter import residuals, true_vs_predicted
from cnnbench.evaluation.figures.style import colours, save

__all__ = [
    "colours",
    "confusion",
    "feature_maps",
    "grad_cam",
    "learning_curves",
    "overlay",
    "reliability",
    "residuals",
    "roc",
    "samples",
    "save",
    "true_vs_predicted",
]
