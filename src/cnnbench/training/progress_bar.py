"""The progress bar of a training; in a log, now and then a line."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Column

if TYPE_CHECKING:
    import keras

_PAUSE = 10.0  # seconds between two lines of a log


def progress_callback(epochs: int, trained: int = 0, last: int | None = None) -> keras.callbacks.Callback:
    """Builds a Keras callback that shows the epoch, the time left and the last figures.

    In a terminal it is a live bar; in a log, a line at the end, and every ten seconds one before it.

    Args:
        epochs: Of the whole training.
        trained: Epochs that an earlier process or phase has trained; the bar has the others.
        last: The last epoch of this phase; None where it is that of the training.
    """
    import keras

    # a class in a function, since its base comes with Keras, which is slow to import
    class Bar(keras.callbacks.Callback):  # type: ignore[misc]  # Keras is not typed
        """Counts batches; the number in an epoch is known once the first has passed."""

        def on_train_begin(self, logs: Any = None) -> None:  # noqa: ARG002
            self.batches = 0
            self.printed = time.monotonic()
            self.figures = ""
            self.description = f"epoch {trained}/{epochs}"
            self.bar = Progress(
                TextColumn("{task.description}", table_column=Column(min_width=len(f"epoch {epochs}/{epochs}"))),
                BarColumn(bar_width=12),
                TimeElapsedColumn(Column(min_width=7)),
                TimeRemainingColumn(table_column=Column(min_width=7)),
                TextColumn("{task.fields[figures]}", table_column=Column(no_wrap=True, overflow="ellipsis", ratio=1)),
                # a log would get a line for every redrawn bar
                disable=not Console().is_terminal,
            )
            self.task = self.bar.add_task(f"epoch {trained + 1}/{epochs}", total=None, figures="")
            self.bar.start()

        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:  # noqa: ARG002
            self.batches += 1
            self.bar.advance(self.task)

        def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
            done = epoch + 1
            figures = {name: value for name, value in (logs or {}).items() if name != "learning_rate"}
            names = sorted(figures, key=lambda name: not name.startswith("val_"))  # narrow terminals show the first
            self.figures = "  ".join(f"{name} {figures[name]:.4g}" for name in names)
            self.description = f"epoch {done}/{epochs}"
            total = self.batches * ((last or epochs) - trained) // (done - trained)
            self.bar.update(self.task, description=self.description, total=total, figures=self.figures)
            if self.bar.disable and time.monotonic() - self.printed > _PAUSE:
                self.printed = time.monotonic()
                print(f"{self.description}: {self.figures}", flush=True)

        def on_train_end(self, logs: Any = None) -> None:  # noqa: ARG002
            self.bar.stop()
            print(f"trained to {self.description}" + (f": {self.figures}" if self.figures else ""))

    return Bar()
