"""Tables of the commands at every width: nothing is cut, nothing is left out."""

import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from collections import Counter
from contextlib import suppress
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from repeated import guesses, predictions, write_run
from report_folder import RUN, write_thresholds
from rich.console import Console
from rich.text import Text

from cnnbench import cli
from cnnbench.cli import _board, _terminal
from cnnbench.cli._table import Table
from cnnbench.planning import states

NARROW = (60, 80, 100, 120)
COMMANDS = (
    "results",
    "check",
    "check --against old.json",
    "compare good fair same --reports other",
    "runs",
    f"runs {RUN} --seeds 1 2",
    "runs --networks vgg16 plain_cnn",
)


@pytest.fixture
def full(folder, monkeypatch):
    """A folder in which each command has a table to print."""
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.setattr(states, "find_states", lambda root, runs: dict.fromkeys(runs, "changed"))
    # of another report, since `check` refuses one that is older than the runs beside it
    for name, seed, gain in (("good", 0, 2.0), ("fair", 1, 0.5), ("same", 2, 0.5)):
        run = write_run(folder / "other/runs", name, predictions(*guesses(seed, gain)), architecture=name)
        (run / "metrics.json").write_text('{"accuracy": {"value": 0.5, "low": 0.4, "high": 0.6}}')
    measured = {
        name: {
            "accuracy": {"value": 0.9, "low": 0.8, "high": 0.95},
            "log_loss": {"value": 0.5, "low": 0.4, "high": 0.6},
        }
        for name in (RUN, "breast_histopathology-breast_cnn", "chest_xray-efficientnet_lite0")
    }
    (folder / "reports/metrics.json").write_text(json.dumps(measured))
    (folder / "old.json").write_text(json.dumps(measured))
    write_thresholds(folder, {name: {"accuracy": {"min": 0.1}, "log_loss": {"max": 9.5}} for name in measured})
    return folder


def words(text):
    """What stands in a text, however its lines are broken and cells are parted."""
    return Counter(word.rstrip(":;") for word in text.split() if set(word) != {"─"})


@pytest.mark.parametrize("width", NARROW)
@pytest.mark.parametrize("command", COMMANDS)
def test_a_narrow_terminal_shows_every_name_and_figure(full, capsys, monkeypatch, command, width):
    code = cli.main(command.split())
    wide = capsys.readouterr().out
    monkeypatch.setenv("COLUMNS", str(width))
    assert cli.main(command.split()) == code == 0
    narrow = capsys.readouterr().out
    assert max(map(len, narrow.splitlines())) <= width
    assert not words(wide) - words(narrow) - Counter({"run": 1, "metric": 9}), "a record's name has no heading"
    joined = " ".join(narrow.split())
    for interval in re.findall(r"\[[-+\d., ]+\]", wide):
        assert interval in joined


def test_a_pipe_has_a_line_a_row(full, capsys):
    assert cli.main(["results"]) == 0
    heading, rule, *lines = capsys.readouterr().out.splitlines()
    assert heading.startswith("run ")
    assert set(rule) == {"─"}
    assert {line.split()[0] for line in lines[:3]} == {"boston_housing-conv1d", "chest_xray-chest_cnn", RUN}


def test_the_width_is_the_terminals(full):
    """Through a pseudo-terminal of 60 columns, as a person's is."""
    reading, writing = pty.openpty()
    fcntl.ioctl(writing, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 60, 0, 0))
    script = "from cnnbench import cli; cli.main(['results'])"
    subprocess.run([sys.executable, "-c", script], stdout=writing, check=True)
    os.close(writing)
    out = b""
    with suppress(OSError):  # which is how a pseudo-terminal ends
        while part := os.read(reading, 4096):
            out += part
    os.close(reading)
    lines = re.sub(r"\x1b\[[0-9;]*m", "", out.decode()).splitlines()
    assert RUN in lines
    assert max(map(len, lines)) <= 60


CELLS = st.text(alphabet="ab1 [].,(-", max_size=30).map(lambda text: " ".join(text.split()))


@given(st.data(), st.integers(1, 6), st.integers(8, 130))
def test_whatever_the_cells_nothing_is_lost(data, columns, width):
    headings = [">n" if data.draw(st.booleans()) else f"column {index}" for index in range(columns)]
    table = Table(headings)
    rows = data.draw(st.lists(st.lists(CELLS, min_size=columns, max_size=columns), max_size=5))
    for row in rows:
        table.add_row(*row)
    shown = "\n".join(line.plain for line in table.__rich_console__(Console(), Console(width=width).options))
    assert not words(" ".join(" ".join(row) for row in rows)) - words(shown)


@pytest.mark.parametrize(
    ("cell", "pieces"),
    [
        ("RMSE 7.705 [6.363, 9.357] (1000 USD)", ["RMSE 7.705 [6.363, 9.357]", "(1000 USD)"]),
        ("chest_xray-block10 k-NN (baseline)", ["chest_xray-block10", "k-NN", "(baseline)"]),
        ("12.3 MFLOP", ["12.3 MFLOP"]),
        ("1 to 3", ["1 to 3"]),
        ("p = 0.031", ["p = 0.031"]),
        ("cannot be told apart", ["cannot", "be", "told", "apart"]),
    ],
)
def test_a_line_breaks_between_words_never_in_a_figure(cell, pieces):
    table = Table(["name", "cell"])
    table.add_row("x", cell)
    shown = list(table.__rich_console__(Console(), Console(width=1).options))
    lines = [line.plain.strip().removeprefix("cell:").strip() for line in shown[1:]]
    assert [line for line in lines if line] == pieces


def test_colours_stay_with_their_words():
    table = _terminal.table("name", "data")
    cell = Text("SYNTHETIC, TWINS")
    cell.highlight_words(["TWINS"], "yellow")
    table.add_row("x", cell)
    lines = list(table.__rich_console__(Console(), Console(width=16).options))
    assert any(line.plain[span.start : span.end] == "TWINS" for line in lines for span in line.spans)


@pytest.mark.parametrize(("width", "last"), [(60, ""), (80, "epoch 3 of 10, los…"), (120, "epoch 3 of 10, loss 0.123")])
def test_the_live_table_keeps_the_names_of_stages(tmp_path, monkeypatch, capsys, width, last):
    monkeypatch.setenv("COLUMNS", str(width))
    log = tmp_path / "log"
    log.write_text("\x1b[1mepoch 3 of 10, loss 0.123 and more that no one needs to see\n")
    name = "evaluate@breast_histopathology-breast_cnn"
    board = _board.Board()
    board.started(SimpleNamespace(name=name, log=log), 0)
    capsys.readouterr()
    _terminal.console().print(board._table())
    shown = capsys.readouterr().out
    assert name in shown
    assert max(map(len, shown.splitlines())) <= width
    assert ("last line" in shown) == bool(last)
    assert last in shown
