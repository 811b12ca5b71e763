"""Boston housing: median value of homes in 506 census tracts, from 13 features of each."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnbench.data.sets import Dataset
from cnnbench.data.sources.packaged import Packaged

FEATURES = ("CRIM", "ZN", "INDUS", "CHAS", "NOX", "RM", "AGE", "DIS", "RAD", "TAX", "PTRATIO", "B", "LSTAT")
"""Names of the columns in StatLib, in their order."""


def _tracts() -> tuple[NDArray[np.float32], NDArray[Any]]:
    from mlxtend.data import boston_housing_data

    features, values = boston_housing_data()
    return features.reshape(-1, 13, 1).astype(np.float32), values.astype(np.float64)


DATASET = Dataset(
    title="Boston housing",
    task="regression",
    classes=(),
    unit="1000 USD",
    features=FEATURES,
    input_shape=(13, 1),
    expected=506,
    citation="Harrison, Rubinfeld: Hedonic housing prices and the demand for "
    "clean air. J. Environ. Economics and Management 5, 1978.",
    licence="public domain, as StatLib distributes it",
    sources={"packaged": Packaged(_tracts, origin="all 506 tracts in the package mlxtend")},
)
