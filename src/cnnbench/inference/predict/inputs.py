"""What a network is asked about: found first, then read in parallel while it answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from numpy.typing import NDArray

from cnnbench.core.errors import UserError
from cnnbench.inference import trained_run
from cnnbench.runs.record import RunRecord

BATCH = 256  # inputs held at once, twice over: those that are answered and those that are being read

Key = dict[str, Any]
Content = NDArray[Any] | UserError


class Input(NamedTuple):
    """One image or row, not yet read.

    Attributes:
        key: The columns that say which one it is: file, and row of a table.
        read: Returns its values, shape as the run's input_shape; raises UserError where it cannot be read.
    """

    key: Key
    read: Callable[[], NDArray[Any]]


class Inputs(NamedTuple):
    """Some inputs, read.

    Attributes:
        keys: Of each.
        contents: Of each, its values, or what was wrong with it.
    """

    keys: list[Key]
    contents: list[Content]

    @property
    def unread(self) -> list[str]:
        """A line for each that could not be read."""
        pairs = zip(self.keys, self.contents, strict=True)
        return [f"{_name(key)}: {content}" for key, content in pairs if isinstance(content, UserError)]


def find(run: RunRecord, paths: Sequence[str | Path]) -> list[Input]:
    """Finds the images or rows that a run can be asked about.

    Args:
        run: It says what its inputs are.
        paths: Image files and folders of them, or CSV files.

    Raises:
        UserError: There is nothing at a path, no image in a folder, or a table of other columns.
    """
    from cnnbench.inference.predict import image_inputs, table_inputs

    given = [Path(path) for path in paths]
    if run.is_image:
        return image_inputs.find(given, run.input_shape)
    return table_inputs.find(given, run.input_shape, trained_run.features(run))


def read(found: Sequence[Input]) -> Iterator[Inputs]:
    """Reads inputs batch by batch, in their order; the next batch while the last one is made use of.

    Threads do: Pillow lets go of the interpreter while it decodes and scales.
    """
    with ThreadPoolExecutor() as pool:

        def begin(start: int) -> tuple[list[Key], list[Future[Content]]]:
            some = found[start : start + BATCH]
            return [one.key for one in some], [pool.submit(_content, one) for one in some]

        begun = begin(0)
        for start in range(BATCH, len(found) + BATCH, BATCH):
            keys, futures = begun
            begun = begin(start)
            yield Inputs(keys, [future.result() for future in futures])


def _content(one: Input) -> Content:
    try:
        return one.read()
    except UserError as error:
        return error


def _name(key: Key) -> str:
    return f"{key['file']}, row {key['row']}" if "row" in key else str(key["file"])
