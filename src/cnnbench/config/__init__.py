"""`params.yaml` as typed, validated objects; nothing else reads it.

section   the base of all sections
datasets  sources of data sets, and their splits
recipe    the settings of a training
run       a data set, a network, a recipe and the published figure
search    what `cnnbench tune` searches
weights   what a run may start from
external  tests on other data sets, and on corrupted images
bounds    thresholds of metrics
params    the whole file
loading   reading and error messages
"""

from cnnbench.config.bounds import Bound
from cnnbench.config.datasets import (
    FIXED,
    FOLDS,
    LONGEST_SIDE,
    OWN,
    PARTS,
    Data,
    DataProfiles,
    Fit,
    NearCopies,
    Protocol,
    Rule,
    SourceChoice,
    Split,
    Task,
)
from cnnbench.config.external import KINDS, Corruptions, ExternalTest
from cnnbench.config.loading import explain, load
from cnnbench.config.params import ARCHIVES, TENSORFLOW, Backend, Device, Params
from cnnbench.config.recipe import (
    NONE,
    Augmentation,
    Constant,
    Cosine,
    EarlyStopping,
    Exponential,
    Plateau,
    Quick,
    Recipe,
)
from cnnbench.config.run_settings import Published, Run
from cnnbench.config.search import Search
from cnnbench.config.weights import ALL, NO_WEIGHTS, Features, Weights, WeightsSource

__all__ = [
    "ALL",
    "ARCHIVES",
    "FIXED",
    "FOLDS",
    "KINDS",
    "LONGEST_SIDE",
    "NONE",
    "NO_WEIGHTS",
    "OWN",
    "PARTS",
    "TENSORFLOW",
    "Augmentation",
    "Backend",
    "Bound",
    "Constant",
    "Corruptions",
    "Cosine",
    "Data",
    "DataProfiles",
    "Device",
    "EarlyStopping",
    "Exponential",
    "ExternalTest",
    "Features",
    "Fit",
    "NearCopies",
    "Params",
    "Plateau",
    "Protocol",
    "Published",
    "Quick",
    "Recipe",
    "Rule",
    "Run",
    "Search",
    "SourceChoice",
    "Split",
    "Task",
    "Weights",
    "WeightsSource",
    "explain",
    "load",
]
