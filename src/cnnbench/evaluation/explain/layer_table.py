"""The table of a network's layers."""

from __future__ import annotations

from typing import Any

import pandas as pd


def layers(model: Any) -> pd.DataFrame:
    """A row per layer of a built Keras network, as in its summary; a network within it is one row.

    Columns layer (its name), type, output_shape (of one example, as 16x16x64; a variable side is ?) and parameters,
    trainable or not.
    """
    rows = [
        (layer.name, type(layer).__name__, _format_shape(layer.output), layer.count_params()) for layer in model.layers
    ]
    return pd.DataFrame(rows, columns=["layer", "type", "output_shape", "parameters"])


def _format_shape(output: Any) -> str:
    outputs = output if isinstance(output, list | tuple) else [output]
    return ", ".join("x".join("?" if side is None else str(side) for side in one.shape[1:]) for one in outputs)
