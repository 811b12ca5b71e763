"""A trained network that can be asked about new images, or new rows of a table."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cnnbench.evaluation import scoring
from cnnbench.inference import trained_run
from cnnbench.inference.predict import inputs
from cnnbench.inference.predict.inputs import Input
from cnnbench.metrics import calibration

if TYPE_CHECKING:
    from cnnbench.inference.predict.explained import Explained
    from cnnbench.runs.record import RunRecord


class Batch(NamedTuple):
    """ScoredPart to some inputs.

    Attributes:
        frame: As `Predictor.predict` returns it.
        unread: What was wrong with each input that could not be read, as a line for people.
    """

    frame: pd.DataFrame
    unread: list[str]


class Predictor:
    """A run's network, calibrated on its validation data.

    Attributes:
        run: The record of the run.
        model: The Keras model.
    """

    def __init__(self, run: RunRecord, root: Path) -> None:
        """Loads the model.

        Args:
            run: As `trained_run.find` finds it.
            root: The repository's root.

        Raises:
            UserError: The run has not been trained.
        """
        self.run = run
        self.model = scoring.load(trained_run.model_path(run.run, root))

    def predict(self, paths: str | Path | Iterable[str | Path]) -> pd.DataFrame:
        """Predicts images, in files or whole folders; or rows of CSV files, where the run was trained on a table.

        Images go through the same decoding and scaling as those that the network was trained on. What cannot be read
        has an empty prediction, and a warning says why.

        Args:
            paths: One or several; folders are searched to their depth, and their images sorted.

        Returns:
            A row per image: file, predicted (class), and p_<class>, the calibrated probability of each class, float64.
            Of a table: file, row (from 1), predicted (a value) and its unit.

            Of two classes whose recipe sets a `sensitivity`, the predicted one follows the threshold that validation
            data chose for it, on scores before they are calibrated; else it is the likelier one.

        Raises:
            UserError: There is nothing at a path, no image in a folder, or a table of other columns.
        """
        given = [paths] if isinstance(paths, str | Path) else list(paths)
        frames = []
        for batch in self.batches(inputs.find(self.run, given)):
            frames.append(batch.frame)
            for line in batch.unread:
                warnings.warn(line, stacklevel=2)
        return pd.concat(frames, ignore_index=True)

    def batches(self, found: Sequence[Input], explained: Explained | None = None) -> Iterator[Batch]:
        """Predicts inputs batch by batch, so that as many as there are fit into memory.

        Args:
            found: By `inputs.find`.
            explained: Where Grad-CAM of each image goes, if anywhere.
        """
        for some in inputs.read(found):
            read = {index: content for index, content in enumerate(some.contents) if isinstance(content, np.ndarray)}
            columns, readable = self._columns(len(some.keys)), list(read)
            if read:
                values = np.stack(list(read.values()))
                answers, chosen = self._answers(values)
                for name, answer in answers.items():
                    columns[name][readable] = answer
                if explained is not None:
                    explained.write(self.model, [some.keys[index]["file"] for index in readable], values, chosen)
            frame = pd.DataFrame(list(some.keys)).assign(**columns)
            if not self.run.classes:
                frame["unit"] = self.run.unit
            yield Batch(frame, some.unread)

    def _answers(self, values: NDArray[Any]) -> tuple[dict[str, NDArray[Any]], NDArray[np.int64]]:
        """The columns of the answers, and the index of each predicted class."""
        scores = scoring.predict_scores(self.model, values)
        if self.run.temperature is None:
            return {"predicted": scores[:, 0]}, np.zeros(len(scores), np.int64)
        at = self.run.operating_point
        chosen = scores.argmax(axis=1) if at is None else (scores[:, 1] >= at).astype(np.int64)
        calibrated = calibration.calibrate(scores, self.run.temperature)
        names = np.array(self.run.classes, object)
        shares = {f"p_{name}": calibrated[:, index] for index, name in enumerate(self.run.classes)}
        return {"predicted": names[chosen], **shares}, chosen

    def _columns(self, rows: int) -> dict[str, NDArray[Any]]:
        """Columns without answers: None where a class goes, NaN where a number does."""
        empty = {"predicted": np.full(rows, None, object) if self.run.classes else np.full(rows, np.nan)}
        return empty | {f"p_{name}": np.full(rows, np.nan) for name in self.run.classes}


def load(run: str, root: str | Path = ".") -> Predictor:
    """Loads a run's network; see `cnnbench.load`."""
    return Predictor(trained_run.find(run, Path(root)), Path(root))
