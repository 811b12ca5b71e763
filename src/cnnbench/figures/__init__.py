"""The figures of a run, in one style: matplotlib's own objects, no global state, the same bytes on every run.

A figure shows what it is given; nothing is computed here but shares and residuals. `save` writes it.
"""

from cnnbench.figures.calibration import reliability
from cnnbench.figures.grid import samples
from cnnbench.figures.heatmap import confusion
from cnnbench.figures.learning import learning_curves
from cnnbench.figures.ranking import roc
from cnnbench.figures.scatter import residuals, true_vs_predicted
from cnnbench.figures.style import save

__all__ = ["confusion", "learning_curves", "reliability", "residuals", "roc", "samples", "save", "true_vs_predicted"]
