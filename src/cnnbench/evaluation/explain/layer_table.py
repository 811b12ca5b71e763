"""A network as a table."""

from __future__ import annotations

from typing import Any

import pandas as pd


def layers(model: Any) -> pd.DataFrame:
    """The layers of a network, as its summary lists them.

    Args:
        model: A built Keras network.

    Returns:
        A row per layer, columns layer (its name), type, output_shape (of one example, as 16x16x64; a side that is not
        fixed is ?) and parameters, trained or not. A network within the network is one row.
    """
    rows = [(layer.name, type(layer).__name__, _shape(layer.output), layer.count_params()) for layer in model.layers]
    return pd.DataFrame(rows, columns=["layer", "type", "output_shape", "parameters"])


def _shape(output: Any) -> str:
    outputs = output if isinstance(output, list | tuple) else [output]
    return ", ".join("x".join("?" if side is None else str(side) for side in one.shape[1:]) for one in outputs)
