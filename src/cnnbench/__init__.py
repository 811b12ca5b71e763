"""A reproducible benchmark of convolutional networks on the data sets they were published for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from cnnbench.inference.predict.predictor import Predictor

__version__ = "0.1.0"


def load(run: str, root: str | Path = ".") -> Predictor:
    """A trained network that can be asked: `cnnbench.load("mnist-mnist_cnn").predict("digits/")`.

    Imports TensorFlow, which `import cnnbench` alone does not.

    Args:
        run: Its name in params.yaml.
        root: The repository's root.

    Raises:
        cnnbench.errors.UserError: There is no such run, or it has not been trained or evaluated here.
    """
    from cnnbench.inference.predict import predictor

    return predictor.load(run, root)
