"""Outputs of layers that no training changes, computed once for a data set: by a stage, or within one training.

layers         where a network is cut, by the name of a block
computing      the outputs of the layers below the cut
stored     computes them for a whole data set
on_disk    the same, on disk, and what they were computed from
"""

from cnnbench.features.feature_files import compute, load

__all__ = ["compute", "load"]
