"""A trained network that predicts new images, or new rows of a table."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cnnbench.core.errors import UserError
from cnnbench.data.images import Decoded
from cnnbench.evaluation import scoring
from cnnbench.inference import trained_run
from cnnbench.inference.predict import inputs
from cnnbench.inference.predict.inputs import Input
from cnnbench.metrics import calibration

if TYPE_CHECKING:
    from cnnbench.inference.predict.heatmaps import HeatmapFolder
    from cnnbench.runs.record import RunRecord


class Batch(NamedTuple):
    """Predictions of some inputs.

    Attributes:
        frame: As `Predictor.predict` returns it.
        unreadable: A line for people on each input that could not be read.
        odd: One on each that is predicted but may not be what it should, such as a damaged JPEG file.
    """

    frame: pd.DataFrame
    unreadable: list[str]
    odd: list[str]


class Predictor:
    """A run's network, calibrated on its validation data; `cnnbench.load` returns one.

    Attributes:
        run: The record of the run.
        model: The Keras model.
    """

    def __init__(self, run: RunRecord, root: Path) -> None:
        """Loads the model of a run in the repository at `root`.

        Raises:
            UserError: The run has not been trained.
        """
        self.run = run
        self.model = scoring.load(trained_run.model_path(run.run, root))

    @classmethod
    def load(cls, run: str, root: Path) -> Self:
        """Loads a run by its name; see `cnnbench.load`."""
        return cls(trained_run.find(run, root), root)

    def predict(self, paths: str | Path | Iterable[str | Path]) -> pd.DataFrame:
        """Predicts images, in files or whole folders; or rows of CSV files, where the run was trained on a table.

        Images are decoded and scaled as those that the network was trained on. An input that cannot be read has an
        empty prediction, and a warning says why; one says what in a folder is no image.

        Example:
            >>> network = cnnbench.load("mnist-mnist_cnn")
            >>> frame = network.predict(["digits/1.png", "digits/2.png"])
            >>> list(frame.columns[:4])
            ['file', 'predicted', 'p_0', 'p_1']
            >>> frame.loc[0, "predicted"] in network.run.classes
            True

        Args:
            paths: One or several; folders are searched to their depth, and their images sorted.

        Returns:
            A row per image: file, predicted (class), and p_<class>, the calibrated probability of each class, float64.
            For a table: file, row (from 1), predicted (a value) and its unit.

            Of two classes whose recipe sets a `sensitivity`, the predicted one follows the threshold that validation
            data chose for it, on scores before they are calibrated; else it is the likelier one.

        Raises:
            UserError: There is nothing at a path, no image in a folder, or a table of other columns.
        """
        paths = [paths] if isinstance(paths, str | Path) else list(paths)
        frames = []
        for batch in self.batches(inputs.find(self.run, paths)):
            frames.append(batch.frame)
            for line in (*batch.unreadable, *batch.odd):
                warnings.warn(line, stacklevel=2)
        return pd.concat(frames, ignore_index=True)  # each batch counts its rows from 0

    def batches(self, found: Sequence[Input], heatmaps: HeatmapFolder | None = None) -> Iterator[Batch]:
        """Predicts inputs batch by batch, so that any number of them fits into memory.

        Example:
            >>> from cnnbench.inference.predict import inputs
            >>> network = cnnbench.load("mnist-mnist_cnn")
            >>> for batch in network.batches(inputs.find(network.run, ["digits/"])):
            ...     print(batch.frame["file"].tolist(), batch.unreadable)
            ['digits/1.png', 'digits/2.png'] []

        Args:
            found: The result of `inputs.find`.
            heatmaps: Where to put Grad-CAM of each image, if anywhere.
        """
        for batch in inputs.read(found):
            arrays = {
                index: content.pixels if isinstance(content, Decoded) else content
                for index, (_, content) in enumerate(batch)
                if not isinstance(content, UserError)
            }
            columns, readable = self._empty_columns(len(batch)), list(arrays)
            if readable:  # np.stack takes no empty list
                values = np.stack(list(arrays.values()))
                filled, chosen = self._predict(values)
                for name, column in filled.items():
                    columns[name][readable] = column
                if heatmaps is not None:
                    heatmaps.write(self.model, [batch[index][0].key["file"] for index in readable], values, chosen)
            frame = pd.DataFrame([one.key for one, _ in batch]).assign(**columns)
            if not self.run.classes:
                frame["unit"] = self.run.unit
            yield Batch(
                frame,
                [f"{one}: {content}" for one, content in batch if isinstance(content, UserError)],
                [f"{one}: {line}" for one, image in batch if isinstance(image, Decoded) for line in image.warnings],
            )

    def _predict(self, values: NDArray[Any]) -> tuple[dict[str, NDArray[Any]], NDArray[np.int64]]:
        """The columns of the predictions, and the index of each predicted class."""
        scores = scoring.predict_scores(self.model, values)
        if self.run.temperature is None:  # only classifiers have one
            return {"predicted": scores[:, 0]}, np.zeros(len(scores), np.int64)
        # It was chosen on scores before calibration, so it is held against those.
        threshold = self.run.operating_point
        chosen = scores.argmax(axis=1) if threshold is None else (scores[:, 1] >= threshold).astype(np.int64)
        calibrated = calibration.calibrate(scores, self.run.temperature)
        names = np.array(self.run.classes, object)
        shares = {f"p_{name}": calibrated[:, index] for index, name in enumerate(self.run.classes)}
        return {"predicted": names[chosen], **shares}, chosen

    def _empty_columns(self, rows: int) -> dict[str, NDArray[Any]]:
        """Columns without predictions: None where a class goes, NaN where a number does."""
        empty = {"predicted": np.full(rows, None, object) if self.run.classes else np.full(rows, np.nan)}
        return empty | {f"p_{name}": np.full(rows, np.nan) for name in self.run.classes}
