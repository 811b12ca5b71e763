"""A reproducible benchmark of convolutional networks on the data sets they were published for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from cnnbench.inference.predict.predictor import Predictor

__version__ = "0.1.0"


def load(run: str, root: str | Path = ".") -> Predictor:
    """Loads the trained network of a run, to predict new images, or new rows of a table.

    It imports TensorFlow, which `import cnnbench` alone does not.

    Example:
        >>> import cnnbench
        >>> network = cnnbench.load("mnist-mnist_cnn")
        >>> network.run.classes
        ('0', '1', '2', '3', '4', '5', '6', '7', '8', '9')
        >>> network.predict("digits/")["file"].tolist()
        ['digits/1.png', 'digits/2.png']

    Args:
        run: Its name in params.yaml.
        root: The repository's root.

    Raises:
        cnnbench.core.errors.UserError: There is no such run, or it has not been trained or evaluated here.
    """
    from pathlib import Path

    from cnnbench.inference.predict.predictor import Predictor

    return Predictor.load(run, Path(root))
