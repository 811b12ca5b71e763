"""Outputs of layers that no training changes, computed once for a data set: by a stage, or within one training.

layers           where a network is cut, by the name of a block
computing        the outputs of the layers below the cut, of a whole data set too
feature_files    what is on disk of them, and what it was computed from
"""

from cnnbench.features.computing import compute
from cnnbench.features.feature_files import load

__all__ = ["compute", "load"]
