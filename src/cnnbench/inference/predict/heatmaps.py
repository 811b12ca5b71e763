"""Grad-CAM of each predicted image, as a picture of its own."""

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

SIDE = 256  # least pixels of a picture's shorter side; a heat map of 28x28 can hardly be seen


class HeatmapFolder:
    """A folder of `<image>.grad_cam.png`, each below it as its image lies below the folder that all images share.

    So two images of one name have two pictures.
    """

    def __init__(self, folder: Path, run: RunRecord, paths: Sequence[Path]) -> None:
        """Checks the folder, and leaves nothing in it yet.

        Args:
            folder: New or empty.
            run: The run that predicts.
            paths: All files and folders to be predicted.

        Raises:
            UserError: The folder is a file or is not empty, or the run does not classify images.
            OSError: Nothing can be written into it.
        """
        if not (run.is_image and run.is_classification):
            raise UserError(f"Expected a run that classifies images for Grad-CAM, received {run.run}.")
        # No file that is there already may be lost.
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            kind = "one that has files" if folder.is_dir() else "a file"
            raise UserError(f"Expected a new or empty folder at {folder}, received {kind}: name another one.")
        files.check_folder(folder)
        self._folder = folder
        bases = [path.absolute() if path.is_dir() else path.absolute().parent for path in paths]
        # normpath, not resolve(): a link keeps the place that it was named by.
        self._base = Path(os.path.commonpath([os.path.normpath(base) for base in bases]))

    def write(self, model: Any, names: Sequence[str], values: NDArray[np.uint8], predicted: NDArray[np.int64]) -> None:
        """Writes Grad-CAM of the predicted class of each image.

        Args:
            model: The network.
            names: The images' paths.
            values: Their pixels as the network takes them, uint8, shape (n, height, width, channels).
            predicted: Index of the class of each, shape (n,).

        Raises:
            UserError: The network has no convolution over images.
        """
        # Matplotlib takes a second, and most predictions want no picture.
        from cnnbench.evaluation import explain, figures

        for name, image, heat in zip(names, values, explain.grad_cam(model, values, predicted), strict=True):
            painted = figures.overlay(image, heat)
            times = -(-SIDE // min(painted.shape[:2]))  # rounded up
            with files.aside(self._path(name)) as part:
                Image.fromarray(painted.repeat(times, axis=0).repeat(times, axis=1)).save(part)

    def _path(self, name: str) -> Path:
        image = Path(os.path.normpath(Path(name).absolute())).relative_to(self._base)
        # The whole name: a.png and a.jpg are two images.
        return self._folder / image.with_name(f"{image.name}.grad_cam.png")
