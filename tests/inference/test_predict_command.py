"""`cnnbench predict`."""

import csv
import io
import json
import os
import sys

import numpy as np
import pytest
from finished import colourful
from PIL import Image
from toys import encoded

from cnnbench import cli
from cnnbench.core.csv_cells import unguard


@pytest.fixture
def folder(root, monkeypatch):
    """The repository as working folder, with images to predict in new/."""
    monkeypatch.chdir(root)
    for number, name in enumerate(("a/1.png", "b/1.png", "b/1.jpg")):
        path = root / "new" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(encoded(colourful(number), "JPEG" if name.endswith("jpg") else "PNG"))
    return root


def test_csv_on_stdout(folder, capsys):
    assert cli.main(["predict", "own-tiny", "new"]) == 0
    out, err = capsys.readouterr()
    rows = list(csv.DictReader(io.StringIO(out)))
    assert [row["file"] for row in rows] == ["new/a/1.png", "new/b/1.jpg", "new/b/1.png"]
    assert {row["predicted"] for row in rows} <= {"benign", "malign"}
    assert all(abs(float(row["p_benign"]) + float(row["p_malign"]) - 1) < 1e-5 for row in rows)
    assert err == ""


def test_names_are_safe_to_show_on_a_terminal_and_no_formulas(folder, capfd, monkeypatch):
    for name in ("\x1b[31m.png", "=1.png"):
        (folder / "new" / name).write_bytes(encoded(colourful(1)))
    monkeypatch.chdir(folder / "new")
    arguments = ["predict", "own-tiny", "=1.png", "\x1b[31m.png", "--root", str(folder)]
    assert cli.main(arguments) == 0
    rows = list(csv.DictReader(io.StringIO(capfd.readouterr().out)))
    assert [unguard(row["file"]) for row in rows] == ["=1.png", "\x1b[31m.png"]
    assert rows[0]["file"] == "'=1.png"
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert cli.main(arguments) == 0
    out = capfd.readouterr().out
    assert r"\x1b[31m.png" in out
    assert "\x1b" not in out


def test_json_in_a_file_with_an_unreadable_image(folder, capsys):
    (folder / "new/b/2.png").write_bytes(b"no image")
    assert cli.main(["predict", "own-tiny", "new/b", "--format", "json", "--out", "deep/out.json"]) == 1
    out, err = capsys.readouterr()
    rows = json.loads((folder / "deep/out.json").read_text())
    assert rows[2] == {"file": "new/b/2.png", "predicted": None, "p_benign": None, "p_malign": None}
    assert rows[0]["predicted"] in ("benign", "malign")
    assert "2 of 3 predicted, in deep/out.json" in out
    assert err == "cannot be read: new/b/2.png: Expected an image file, received 8 bytes that cannot be read.\n"
    assert [path.name for path in (folder / "deep").iterdir()] == ["out.json"]


def test_each_file_of_a_folder_is_a_row_or_is_named(folder, capsys):
    """By content: whatever its name, an image is predicted in a folder as it is when named itself."""
    image = colourful(1)
    names = ("new/a/2.jfif", "new/a/3.jpe", "new/a/4", "new/a/5.txt", "new/a/6.apng")
    for name in names:
        (folder / name).write_bytes(encoded(image, "PNG" if name.endswith("apng") else "JPEG"))
    (folder / "new/a/notes.txt").write_text("mine")
    (folder / "new/a/Thumbs.db").write_bytes(b"\0")
    assert cli.main(["predict", "own-tiny", "new/a"]) == 1
    out, err = capsys.readouterr()
    assert [row["file"] for row in csv.DictReader(io.StringIO(out)) if row["predicted"]] == ["new/a/1.png", *names]
    assert err == ("left out: new/a/notes.txt: Expected an image, received a file of another kind: .txt text.\n")


def test_a_folder_that_may_not_be_read_is_named(folder, capsys, monkeypatch):
    scan = os.scandir

    def guarded(path):
        if str(path).endswith("new/b"):
            raise PermissionError(13, "Permission denied", str(path))
        return scan(path)

    monkeypatch.setattr(os, "scandir", guarded)
    assert cli.main(["predict", "own-tiny", "new"]) == 1
    out, err = capsys.readouterr()
    assert [row["file"] for row in csv.DictReader(io.StringIO(out))] == ["new/a/1.png"]
    assert err == "left out: new/b: Expected a file or folder that can be read, received Permission denied: 'new/b'.\n"


def test_unreadable_images_alone_give_empty_rows(folder, capsys):
    (folder / "no.png").write_bytes(b"")
    assert cli.main(["predict", "own-tiny", "no.png"]) == 1
    assert capsys.readouterr().out == "file,predicted,p_benign,p_malign\nno.png,,,\n"


def test_names_that_are_not_utf8_are_written_in_hex(folder, capsys):
    name = b"new/a/\xff,.png".decode(errors="surrogateescape")
    try:
        (folder / name).write_bytes(encoded(colourful(1)))
    except OSError:
        pytest.skip("this file system takes UTF-8 alone")
    assert cli.main(["predict", "own-tiny", "new/a"]) == 0
    assert '"new/a/\\xff,.png",' in capsys.readouterr().out


def test_explain_paints_each_image_under_a_name_of_its_own(folder):
    assert cli.main(["predict", "own-tiny", "new", "--explain", "why", "--out", "out.csv"]) == 0
    names = sorted(
        path.relative_to(folder / "why").as_posix() for path in (folder / "why").rglob("*") if path.is_file()
    )
    assert names == ["a/1.png.grad_cam.png", "b/1.jpg.grad_cam.png", "b/1.png.grad_cam.png"]
    painted = [np.asarray(Image.open(folder / "why" / name)) for name in names]
    assert all(picture.shape == (256, 256, 3) for picture in painted)
    assert not np.array_equal(painted[1], painted[2])


def test_explained_files_keep_apart_by_their_folders(folder):
    assert cli.main(["predict", "own-tiny", "new/a/1.png", "new/b/1.png", "--explain", "why", "--out", "o.csv"]) == 0
    names = sorted(path.relative_to(folder / "why").as_posix() for path in (folder / "why").rglob("*.png"))
    assert names == ["a/1.png.grad_cam.png", "b/1.png.grad_cam.png"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["new", "--explain", "new/a"], "Expected a new or empty folder at new/a, received one that has files"),
        (["new", "--explain", "params.yaml"], "Expected a new or empty folder at params.yaml, received a file"),
        (["new", "--out", "new"], "Expected a file after --out, received the folder new"),
        (["new", "--out", "new/../new/a/1.png"], "Expected another file after --out than the ones to be predicted"),
        (["absent"], "Expected an image or a folder of images at absent"),
    ],
)
def test_existing_files_are_not_lost(folder, capsys, arguments, message):
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert cli.main(["predict", "own-tiny", *arguments]) == 2
    out, err = capsys.readouterr()
    assert err.startswith(f"error: {message}")
    assert err.count("\n") == 1
    assert out == ""
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(
    "option",
    [
        ["--out", "params.yaml/out.csv"],
        ["--out", "x" * 300],
        ["--out", "a/" + "x" * 300 + "/out.csv"],
        ["--explain", "params.yaml/why"],
        ["--explain", "x" * 300],
    ],
)
def test_a_place_that_cannot_be_written_is_told_before_anything_is_predicted(folder, monkeypatch, capsys, option):
    monkeypatch.setattr("cnnbench.evaluation.scoring.load", pytest.fail)
    before = sorted(folder.rglob("*"))
    assert cli.main(["predict", "own-tiny", "new", *option]) == 2
    out, err = capsys.readouterr()
    assert err.startswith("error: Expected to read or write ")
    assert err.count("\n") == 1
    assert out == ""
    assert sorted(folder.rglob("*")) == before


def test_an_error_in_the_middle_leaves_no_file(folder, monkeypatch):
    def fails(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("cnnbench.evaluation.scoring.predict_scores", fails)
    with pytest.raises(KeyboardInterrupt):
        cli.main(["predict", "own-tiny", "new", "--out", "out.csv"])
    assert not [path for path in folder.iterdir() if "out" in path.name]
