"""Grad-CAM of each image that is predicted, as a picture of its own."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cnnbench.core import files
from cnnbench.core.errors import UserError
from cnnbench.runs.record import RunRecord

SIDE = 256  # pixels that a picture's shorter side has at least, for small images can hardly be seen


class Explained:
    """A folder that is filled with `<image>.grad_cam.png`, in the folders that the images lie in.

    The part of their paths that all arguments share is left out; so no two images have the same picture.
    """

    def __init__(self, folder: Path, run: RunRecord, paths: Sequence[Path]) -> None:
        """Looks whether the folder may be filled, and writes nothing yet.

        Args:
            folder: New or empty.
            run: Whose predictions are explained.
            paths: All that are asked about, files and folders.

        Raises:
            UserError: The folder is none or is not empty, or the run's inputs are no images.
        """
        if not (run.is_image and run.is_classification):
            raise UserError(f"Expected a run that classifies images for Grad-CAM, received {run.run}.")
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            kind = "one that has files" if folder.is_dir() else "a file"
            raise UserError(f"Expected a new or empty folder at {folder}, received {kind}: name another one.")
        self._folder = folder
        bases = [path.absolute() if path.is_dir() else path.absolute().parent for path in paths]
        self._base = Path(os.path.commonpath([os.path.normpath(base) for base in bases]))

    def write(self, model: Any, names: Sequence[str], values: NDArray[np.uint8], predicted: NDArray[np.int64]) -> None:
        """Writes what made the network decide for the predicted class.

        Args:
            model: The network.
            names: The images' paths.
            values: What the network saw of them, uint8, shape (n, height, width, channels).
            predicted: Index of the class of each, shape (n,).

        Raises:
            UserError: The network has no convolution over images.
        """
        from cnnbench.evaluation import explain, figures

        for name, image, heat in zip(names, values, explain.grad_cam(model, values, predicted), strict=True):
            painted = figures.overlay(image, heat)
            times = -(-SIDE // min(painted.shape[:2]))
            with files.aside(self._place(name)) as part:
                Image.fromarray(painted.repeat(times, axis=0).repeat(times, axis=1)).save(part)

    def _place(self, name: str) -> Path:
        inside = Path(os.path.normpath(Path(name).absolute())).relative_to(self._base)
        return self._folder / inside.with_name(f"{inside.name}.grad_cam.png")
