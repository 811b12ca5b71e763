"""The figures of runs, in one style, seaborn's: no window, no global state, the same bytes on every run.

A figure shows what it is given; nothing is computed here but shares and residuals. `save` writes it.
"""

from cnnbench.figures.calibration import reliability
from cnnbench.figures.feature_maps import feature_maps
from cnnbench.figures.grad_cam import grad_cam, overlay
from cnnbench.figures.grid import samples
from cnnbench.figures.heatmap import confusion
from cnnbench.figures.learning import learning_curves
from cnnbench.figures.ranking import roc
from cnnbench.figures.scatter import residuals, true_vs_predicted
from cnnbench.figures.style import colours, save
from cnnbench.figures.together import confusions, learning_curves_of_runs, roc_of_runs

__all__ = [
    "colours",
    "confusion",
    "confusions",
    "feature_maps",
    "grad_cam",
    "learning_curves",
    "learning_curves_of_runs",
    "overlay",
    "reliability",
    "residuals",
    "roc",
    "roc_of_runs",
    "samples",
    "save",
    "true_vs_predicted",
]
