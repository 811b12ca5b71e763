"""`params.yaml` as typed, validated objects; nothing else reads it.

section   what all sections share
datasets  where data sets come from, how they are split
recipe    how a network is trained
run       a data set, a network, a recipe, and what was published
bounds    what a metric is held against
params    the whole
loading   the file read
"""

from cnnbench.config.bounds import Bound
from cnnbench.config.datasets import (
    FIXED,
    FOLDS,
    PARTS,
    Data,
    DataProfiles,
    NearCopies,
    Protocol,
    Rule,
    SourceChoice,
    Split,
    Task,
)
from cnnbench.config.loading import explain, load
from cnnbench.config.params import ARCHIVES, Params
from cnnbench.config.recipe import Augmentation, Cosine, EarlyStopping, Exponential, Plateau, Quick, Recipe
from cnnbench.config.run import Published, Run

__all__ = [
    "ARCHIVES",
    "FIXED",
    "FOLDS",
    "PARTS",
    "Augmentation",
    "Bound",
    "Cosine",
    "Data",
    "DataProfiles",
    "EarlyStopping",
    "Exponential",
    "NearCopies",
    "Params",
    "Plateau",
    "Protocol",
    "Published",
    "Quick",
    "Recipe",
    "Rule",
    "Run",
    "SourceChoice",
    "Split",
    "Task",
    "explain",
    "load",
]
