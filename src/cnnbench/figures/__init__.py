"""The figures of a run, in one style: matplotlib's own objects, no global state, the same bytes on every run.

A figure shows what it is given; nothing is computed here but shares and residuals. `save` writes it.
"""

from cnnbench.figures.classification import confusion, roc
from cnnbench.figures.regression import residuals, true_vs_predicted
from cnnbench.figures.samples import samples
from cnnbench.figures.style import save
from cnnbench.figures.training import learning_curves

__all__ = ["confusion", "learning_curves", "residuals", "roc", "samples", "save", "true_vs_predicted"]
