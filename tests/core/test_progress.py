"""Bars are seen in a terminal and leave nothing where nobody watches."""

import re

import numpy as np
import pytest

from cnnbench.core import progress
from cnnbench.training import progress_bar


@pytest.fixture
def terminal(monkeypatch):
    """Makes Rich believe that a person watches."""
    for name, value in {"TTY_COMPATIBLE": "1", "TTY_INTERACTIVE": "1", "TERM": "xterm", "COLUMNS": "120"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("NO_COLOR", raising=False)


@pytest.mark.parametrize("total", [3, None])
def test_nothing_is_written_where_nobody_watches(capsys, total):
    with progress.bar("reading", total) as advance:
        advance()
        advance(2)
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(("total", "shown"), [(7, "3/7"), (None, "3/?")])
def test_a_terminal_sees_what_is_done_on_its_error_stream(terminal, capsys, total, shown):
    with progress.bar("reading [bold]x[/bold]", total) as advance:
        advance()
        advance(2)
    out, err = capsys.readouterr()
    assert out == ""
    assert shown in err
    assert "reading [bold]x[/bold]" in err, "names are not markup"


def test_an_error_ends_the_bar_and_goes_on(terminal, capsys):
    def fails():
        with progress.bar("reading", 3):
            raise ValueError("within")

    with pytest.raises(ValueError, match="within"):
        fails()
    assert capsys.readouterr().err.endswith("\x1b[?25h\r\x1b[1A\x1b[2K"), "the cursor is not left hidden"


def train(epochs, trained=0):
    import keras

    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("adam", "mse", metrics=["mae"])
    x, y = np.zeros((8, 2), np.float32), np.zeros((8, 1), np.float32)
    bar = progress_bar.progress_callback(epochs, trained)
    data = {"validation_data": (x, y), "batch_size": 4}
    model.fit(x, y, **data, epochs=epochs, initial_epoch=trained, verbose=0, callbacks=[bar])


def test_a_training_without_a_terminal_is_one_line(capsys):
    train(3)
    out, err = capsys.readouterr()
    assert out == "trained to epoch 3/3: val_loss 0  val_mae 0  loss 0  mae 0\n"
    assert err == ""


def test_a_long_training_without_a_terminal_says_where_it_is(capsys, monkeypatch):
    monkeypatch.setattr(progress_bar, "_PAUSE", -1)
    train(2)
    *lines, last = capsys.readouterr().out.splitlines()
    assert lines == [f"epoch {epoch}/2: val_loss 0  val_mae 0  loss 0  mae 0" for epoch in (1, 2)]
    assert last == "trained to epoch 2/2: val_loss 0  val_mae 0  loss 0  mae 0"


def test_a_training_in_a_narrow_terminal_shows_its_epoch_its_times_and_the_validation_figures(
    terminal, monkeypatch, capsys
):
    monkeypatch.setenv("COLUMNS", "62")
    train(12)
    shown = [re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", line) for line in re.split(r"[\r\n]", capsys.readouterr().out)]
    last = [line for line in shown if line.startswith("epoch")][-1]
    assert re.match(r"epoch 12/12 +\S+ 0:00:\d\d 0:00:00 val_loss 0  val_mae 0", last), last


def test_a_resumed_training_counts_the_epochs_before_it(terminal, capsys):
    train(12, trained=10)
    shown = [re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", line) for line in re.split(r"[\r\n]", capsys.readouterr().out)]
    last = [line for line in shown if line.startswith("epoch")][-1]
    assert re.match(r"epoch 12/12 +━+ 0:00:\d\d 0:00:00 val_loss", last), "the bar is full at the end"


def test_a_training_that_was_over_when_it_resumed_is_one_line(capsys):
    train(12, trained=12)
    assert capsys.readouterr().out == "trained to epoch 12/12\n"
