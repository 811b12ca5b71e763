"""A checkpoint is whole or refused, costs little, and is named by all that determines the result of a training."""

import os

import numpy as np
import pytest

from cnnbench.config import Run
from cnnbench.data.records import schema
from cnnbench.training import checkpoints
from cnnbench.training.checkpoints import Checkpoint, State

HISTORY = [{"epoch": 1, "loss": 0.1 + 0.2, "val_loss": float("nan")}]
ARRAYS = [np.arange(6, dtype=np.float32).reshape(2, 3) / 3, np.array(7, np.int64), np.zeros((0, 4), np.float32)]
COUNTERS = [{"wait": 2, "best": 0.1}, {"wait": 0, "best": None}]
RUN = {"dataset": "mnist", "architecture": "mnist_cnn", "recipe": {"epochs": 3}}
FOLDS = {"train": [2, 3], "val": [1]}
SETTINGS = {"device": "cpu", "threads": 2}


def state(rows=1):
    return State(HISTORY * rows, False, COUNTERS, ARRAYS)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "run" / "code-recipe.npz"


@pytest.fixture
def written(path):
    Checkpoint(path).write(state)
    return path


@pytest.fixture
def clock(monkeypatch):
    """The time, in seconds, in place of the machine's."""
    now = [0.0]
    monkeypatch.setattr(checkpoints.time, "monotonic", lambda: now[0])
    return now


def rows(path):
    return len(Checkpoint(path).read().history)


def test_a_state_comes_back_to_the_bit(written):
    read = Checkpoint(written).read()
    assert repr(read[:3]) == repr(state()[:3])
    for array, expected in zip(read.arrays, ARRAYS, strict=True):
        assert array.dtype == expected.dtype
        assert np.array_equal(array, expected)
    assert [file.name for file in written.parent.iterdir()] == [written.name], "nothing unfinished is left"


def test_there_is_none_at_first(path, capsys):
    assert Checkpoint(path).read() is None
    Checkpoint(path).remove()
    assert capsys.readouterr().out == ""


def damages(content):
    yield b""
    yield b"no archive"
    yield from (content[: len(content) * part // 8] for part in range(1, 8))
    # every part of the file, but for what means nothing: dates and flags
    for place in range(0, len(content), 7):
        yield content[:place] + bytes([content[place] ^ 0xFF]) + content[place + 1 :]


def test_a_damaged_file_is_refused_with_one_line_or_does_no_harm(written, capsys):
    content = written.read_bytes()
    refused = 0
    for damaged in damages(content):
        written.write_bytes(damaged)
        read = Checkpoint(written).read()
        told = capsys.readouterr().out
        if read is None:
            refused += 1
            assert told.startswith(f"starts over: {written} is damaged (")
            assert told.count("\n") == 1
        else:
            assert told == ""
            assert repr(read) == repr(state()), "what is read is what was written"
    assert refused > 50


def test_an_archive_of_something_else_is_damaged(written, capsys):
    for content in ({"x": np.zeros(3)}, {"state": np.array("[]")}, {"state": np.array('{"history": []}')}):
        np.savez(written, **content)
        assert Checkpoint(written).read() is None
        assert capsys.readouterr().out.startswith(f"starts over: {written} is damaged (")


def test_writing_takes_three_percent_of_the_time_at_most(path, clock):
    def capture():
        clock[0] += 3.0
        return state(epoch)

    checkpoint, stored = Checkpoint(path), []
    for epoch in range(1, 8):  # noqa: B007 - capture uses it
        clock[0] += 50.0
        checkpoint.write(capture)
        stored.append(rows(path))
    # the first at once, since its cost is not known; then each 100 seconds of training earn 3 of writing
    assert stored == [1, 1, 3, 3, 5, 5, 7]


def test_long_epochs_are_written_each(path, clock):
    def capture():
        clock[0] += 3.0
        return state(epoch)

    checkpoint = Checkpoint(path)
    for epoch in range(1, 4):
        clock[0] += 120.0
        checkpoint.write(capture)
        assert rows(path) == epoch


def test_a_full_disk_stops_no_training_and_keeps_the_last_checkpoint(written, monkeypatch, capsys):
    def fill(part, *_, **__):
        part.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", fill)
    Checkpoint(written).write(lambda: state(2))
    told = capsys.readouterr().out
    assert told.startswith("goes on without a new checkpoint: [Errno 28] No space left on device")
    assert told.count("\n") == 1
    assert rows(written) == 1
    assert [file.name for file in written.parent.iterdir()] == [written.name]


def test_two_trainings_of_one_thing_do_not_disturb_each_other(path, monkeypatch):
    monkeypatch.setattr(checkpoints, "SHARE", float("inf"))
    one, two = Checkpoint(path), Checkpoint(path)
    one.write(lambda: state(1))
    two.write(lambda: state(2))
    assert rows(path) == 2
    one.remove()
    two.write(lambda: state(3))
    assert rows(path) == 3

    save = np.savez

    def save_while_one_ends(part, *arrays, **more):
        save(part, *arrays, **more)
        one.remove()

    monkeypatch.setattr(np, "savez", save_while_one_ends)
    two.write(lambda: state(4))
    monkeypatch.setattr(np, "savez", save)
    two.write(lambda: state(5))
    assert rows(path) == 5
    two.remove()
    assert not path.parent.exists()


def test_what_no_training_can_need_is_removed(written):
    folder = written.parent
    others = [folder / f"code-other{number}.npz" for number in range(checkpoints.KEPT + 2)]
    for age, other in enumerate(others):
        other.write_bytes(b"x")
        os.utime(other, (age, age))
    for name in ("earlier-recipe.npz", ".code-recipe.12.part.npz", ".code-other.12.part.npz"):
        (folder / name).write_bytes(b"x")
    Checkpoint(written)
    assert {file.name for file in folder.iterdir()} == {written.name, *(other.name for other in others[2:])}
    Checkpoint(written).remove()
    assert {file.name for file in folder.iterdir()} == {other.name for other in others[2:]}


def test_what_cannot_be_removed_stops_no_training(written):
    left = written.with_name("earlier-recipe.npz")
    left.mkdir()  # for root, who may unlink any file
    Checkpoint(written).remove()
    assert [file.name for file in written.parent.iterdir()] == [left.name]


def place(digits, name="mnist-mnist_cnn", folds=FOLDS, settings=SETTINGS, **changes):
    return checkpoints.find(name, Run.model_validate(RUN | changes), digits.records, folds, settings)._path


def test_it_lies_in_the_repository_under_the_name_of_the_run(digits, tmp_path, monkeypatch):
    monkeypatch.setenv("DVC_ROOT", str(tmp_path))
    assert place(digits).parent == tmp_path / ".cnnbench" / "checkpoints" / "mnist-mnist_cnn"


def test_its_name_is_that_of_all_that_determines_the_result(digits, housing, monkeypatch):
    same = place(digits)
    assert place(digits) == same
    assert place(digits, published={"text": "good"}) == same, "what changes no training"
    changed = [
        place(digits, seed=1),
        place(digits, recipe={"epochs": 4}),
        place(digits, recipe={"epochs": 3, "lr": 1e-4}),
        place(digits, architecture="plain_cnn"),
        place(digits, folds={"train": [3, 4], "val": [2]}),
        place(digits, settings=SETTINGS | {"threads": 1}),
        place(digits, settings=SETTINGS | {"device": "NVIDIA"}),
        place(housing),
    ]
    monkeypatch.setattr(schema, "FILE", digits.contents.shards[0].file)
    changed.append(place(digits))
    monkeypatch.undo()
    monkeypatch.setattr(checkpoints.runtime, "installed_version", lambda package: "0")
    changed.append(place(digits))
    assert len({same, *changed}) == 1 + len(changed)


def test_its_name_is_that_of_the_weights_and_features_too(digits, tmp_path):
    def at():
        run = Run.model_validate(RUN)
        return checkpoints.find("mnist-mnist_cnn", run, digits.records, FOLDS, SETTINGS, tmp_path)._path

    places = [at()]
    for name in ("weights.npz", "features.json"):
        (tmp_path / name).write_bytes(b"1")
        places.append(at())
        (tmp_path / name).write_bytes(b"2")
        places.append(at())
    (tmp_path / "source.json").write_bytes(b"says nothing of the values")
    assert len(set(places)) == len(places) == len({at(), *places})


def test_the_code_is_that_which_trains(digits):
    def code(architecture):
        return checkpoints._code(architecture)

    assert code("mnist_cnn") != code("conv1d")
    for text in (
        "def build_layers",
        "class Batches",
        "def configure",
        "def image_input",
        "class Checkpoint",
        "def by_shard",
        "def read(",
    ):
        assert text.encode() in code("conv1d")
    assert b"class Tracker" not in code("conv1d")
