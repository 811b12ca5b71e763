"""Outputs of layers that no training changes, computed once for a data set: by a stage, or within one training.

layers           where a network is cut, by the name of a block
computing        the outputs of the layers below the cut
feature_files    computes them for a whole data set, and writes them
on_disk          what is on disk of them, and what it was computed from
"""

from cnnbench.features.feature_files import compute, load

__all__ = ["compute", "load"]
