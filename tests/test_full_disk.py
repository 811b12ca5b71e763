"""A disk that is full or cannot be written: one line that names the file and the remedy, and nothing half-written."""

import errno
import os
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from toys import ROOT

from cnnbench.core import files, refusals
from cnnbench.core.errors import one_line

MIB = 2**20


@pytest.fixture
def disk(tmp_path):
    """A file system of 64 KiB in memory."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none", folder], capture_output=True, text=True)
    if mounted.returncode:
        pytest.skip(f"cannot mount a file system here: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def noise(*shape):
    return np.random.default_rng(0).integers(0, 256, shape, np.uint8)


def text(folder):
    files.write_text(folder / "out.txt", "x" * MIB)


def model(folder):
    import keras

    from cnnbench.training import saving

    saving.save(keras.Sequential([keras.Input((100,)), keras.layers.Dense(1000)]), folder / "model.keras")


def parquet(folder):
    with files.aside(folder / "out.parquet") as part:
        pd.DataFrame({"x": np.random.default_rng(0).random(MIB)}).to_parquet(part)


def table(folder):
    from cnnbench.evaluation import run_tables

    run_tables.write_csv(pd.DataFrame({"x": range(MIB // 4)}), folder / "out.csv")


def figure(folder):
    from cnnbench.evaluation.figures import style

    with style.style():
        import matplotlib.pyplot as plt

        drawn, axes = plt.subplots()
    axes.imshow(noise(999, 999))
    style.save(drawn, folder / "figure.svg")
    plt.close(drawn)


def picture(folder):
    from PIL import Image

    with files.aside(folder / "out.png") as part:
        Image.fromarray(noise(999, 999)).save(part)


def arrays(folder):
    from cnnbench.data import raw

    raw.write_examples(folder, (raw.Example(str(i), noise(99, 99, 3), 0, "") for i in range(9)), 9)


def images(folder):
    from cnnbench.data import raw

    raw.write_examples(folder, (raw.Example(str(i), noise(MIB).tobytes(), 0, "") for i in range(9)), 9)


def saved_model(folder):
    import keras

    network = keras.Sequential([keras.Input((100,)), keras.layers.Dense(1000)])
    with files.aside(folder / "out") as part, files.scratch(folder) as aside:
        part.write_text("")
        network.export(aside / "saved", verbose=False)


WRITERS = (text, model, parquet, table, figure, picture, arrays, images, saved_model)


@pytest.mark.parametrize("write", WRITERS)
def test_a_full_disk_is_one_line_and_leaves_nothing(disk, capsys, write):
    (disk / "other").write_text("kept")
    with pytest.raises(SystemExit) as ended, one_line():
        write(disk)
    line = capsys.readouterr().err
    assert line.startswith(f"error: Expected to read or write {disk}/")
    assert line.endswith(", received a full disk: free some space, then run it again.\n")
    assert line.count("\n") == 1
    assert "part" not in line
    assert ended.value.code == 2
    assert [path.name for path in disk.iterdir()] == ["other"]
    assert (disk / "other").read_text() == "kept"


def test_stdout_on_a_full_disk_is_one_line():
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            ["cnnbench", "runs", "mnist-mnist_cnn"], cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert done.returncode == 2
    assert done.stderr.startswith("error: Expected to read or write a file, received a full disk: free some space")
    assert done.stderr.count("\n") == 1


def test_a_reader_that_has_enough_is_no_error():
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(["cnnbench", "runs"], cwd=ROOT, stdout=writer, stderr=subprocess.PIPE, text=True)
    os.close(writer)
    assert done.returncode == 141
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda folder: folder / "a" / ("x" * 300), "received a name that is too long: shorten it"),
        (lambda folder: folder / ("x" * 300) / "a", "received a name that is too long: shorten it"),
        (lambda folder: folder / "file" / "a", "received a file where a folder should be: choose another place"),
        (lambda folder: folder, "received a folder where a file should be: choose another place"),
    ],
)
def test_a_place_that_cannot_be_is_one_line(tmp_path, capsys, make, message):
    (tmp_path / "file").touch()
    begun = []
    with pytest.raises(SystemExit), one_line(), files.aside(make(tmp_path)):
        begun.append(True)
    assert begun == [], "before anything is computed"
    line = capsys.readouterr().err
    assert message in line
    assert line.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_the_longest_name_that_a_disk_takes_can_be_written(tmp_path):
    files.write_text(tmp_path / ("x" * 255), "")


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS, errno.EDQUOT, errno.EIO])
def test_what_the_system_refuses_names_the_file(tmp_path, monkeypatch, capsys, number):
    def refuses(path, *_, **__):
        raise OSError(number, os.strerror(number), str(path))

    monkeypatch.setattr("pathlib.Path.touch", refuses)
    with pytest.raises(SystemExit), one_line():
        files.write_text(tmp_path / "new" / "out.txt", "")
    line = capsys.readouterr().err
    assert line.startswith(f"error: Expected to read or write {tmp_path}/new/out.txt, received ")
    assert line.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_read_only_disk(disk, capsys):
    if subprocess.run(["mount", "-o", "remount,ro", disk], capture_output=True).returncode:
        pytest.skip("cannot mount a file system here")
    with pytest.raises(SystemExit), one_line():
        files.check_folder(disk / "new")
    assert "received a read-only file system: make it writable or choose another place" in capsys.readouterr().err


@pytest.mark.parametrize(
    "error",
    [MemoryError("Unable to allocate 8 EiB"), RuntimeError("OOM when allocating tensor with shape[8,8] on CPU")],
)
def test_too_little_memory_is_one_line(capsys, error):
    with pytest.raises(SystemExit), one_line():
        raise error
    assert capsys.readouterr().err == f"error: {refusals._NO_MEMORY}\n"


def test_a_mistake_in_the_code_keeps_its_traceback():
    for error in (KeyError("x"), ValueError("no such column"), RuntimeError("unexpected")):
        assert refusals.explain(error) is None


def test_a_mistake_in_the_handling_of_an_error_keeps_its_traceback():
    def fails():
        try:
            Path("/no/such/file").read_text()
        except OSError:
            return {}["x"]

    with pytest.raises(KeyError), one_line():
        fails()
