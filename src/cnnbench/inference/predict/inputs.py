"""Inputs of a network, read in parallel while it predicts."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from numpy.typing import NDArray

from cnnbench.core.errors import UserError
from cnnbench.data.images import Decoded
from cnnbench.inference import trained_run
from cnnbench.runs.record import RunRecord

BATCH = 256  # inputs held at once, twice over: those that are predicted and those that are being read

Content = NDArray[Any] | Decoded | UserError
"""The values of a row, an image with what is odd about it, or the reason why it cannot be read."""


class Input(NamedTuple):
    """One image or row, not yet read.

    Attributes:
        key: The columns that identify it: file, and row of a table.
        read: Returns its values, shape as the run's input_shape; raises UserError where it cannot be read.
    """

    key: dict[str, Any]
    read: Callable[[], NDArray[Any] | Decoded]

    def __str__(self) -> str:
        """Its name in messages."""
        return f"{self.key['file']}, row {self.key['row']}" if "row" in self.key else str(self.key["file"])


def find(
    run: RunRecord, paths: Sequence[str | Path], leave_out: Callable[[str], object] = warnings.warn
) -> list[Input]:
    """Finds the images or rows that the network of a run can predict.

    Args:
        run: Its record says whether it takes images or rows.
        paths: Image files and folders of them, or CSV files.
        leave_out: Gets a line on each file in a folder that is no image, and on each folder that may not be read.

    Raises:
        UserError: There is nothing at a path, no image in a folder, or a table of other columns.
    """
    from cnnbench.inference.predict import image_inputs, table_inputs

    as_paths = [Path(path) for path in paths]
    if run.is_image:
        return image_inputs.find(as_paths, run, leave_out)
    return table_inputs.find(as_paths, run.input_shape, trained_run.features(run))


def read(inputs: Sequence[Input]) -> Iterator[list[tuple[Input, Content]]]:
    """Reads inputs batch by batch, in their order; the next batch while the caller works on the last one."""
    # Threads are enough: Pillow releases the interpreter's lock while it decodes and scales.
    with ThreadPoolExecutor() as pool:
        coming = pool.map(_read, inputs[:BATCH])  # `map` starts at once
        for start in range(0, len(inputs), BATCH):
            batch, contents = inputs[start : start + BATCH], coming
            # Before the yield, so that it goes on while the caller predicts.
            coming = pool.map(_read, inputs[start + BATCH : start + 2 * BATCH])
            yield list(zip(batch, contents, strict=True))


def _read(one: Input) -> Content:
    try:
        return one.read()
    except UserError as error:
        return error  # not raised: one bad image does not stop the others
