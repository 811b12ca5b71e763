import os
import subprocess

import pytest

from cnnbench.core import files


def test_an_error_leaves_what_was_there(tmp_path):
    path = tmp_path / "table.csv"
    files.write_text(path, "old\n")

    def fails():
        with files.aside(path) as part:
            part.write_text("half")
            raise KeyError

    with pytest.raises(KeyError):
        fails()
    assert path.read_text() == "old\n"
    assert list(tmp_path.iterdir()) == [path]


def test_folders_are_made_and_numbers_that_json_lacks_are_null(tmp_path):
    path = tmp_path / "a" / "b.json"
    files.write_json(path, {"z": float("nan"), "a": [1.5, float("inf")], "name": "Größe"})
    assert (
        path.read_text(encoding="utf-8")
        == '{\n  "z": null,\n  "a": [\n    1.5,\n    null\n  ],\n  "name": "Größe"\n}\n'
    )
    assert files.read_json(path) == {"z": None, "a": [1.5, None], "name": "Größe"}


def dead_process():
    process = subprocess.Popen(["true"])
    process.wait()
    return process.pid


def test_what_a_killed_process_left_goes_with_the_next_file(tmp_path):
    dead, alive = dead_process(), os.getppid()
    left = tmp_path / f".cnnbench.{dead}.0.part.csv"
    left.touch()
    (tmp_path / f".cnnbench.{dead}.1.part").mkdir()
    (tmp_path / f".cnnbench.{dead}.1.part" / "half").touch()
    others = {f".cnnbench.{alive}.0.part.csv", ".mine.part.csv", ".cnnbench.x.part"}
    for name in others:
        (tmp_path / name).touch()
    files.write_text(tmp_path / "table.csv", "")
    assert {path.name for path in tmp_path.iterdir()} == others | {"table.csv"}


def test_a_process_that_ends_at_once_removes_what_it_has_begun(tmp_path):
    with files.aside(tmp_path / "a.csv") as part, files.scratch(tmp_path) as folder:
        (folder / "half").touch()
        files.discard_unfinished()
        assert list(tmp_path.iterdir()) == []
        part.touch()  # so that the block ends as any other


def test_a_folder_is_tried_without_a_trace(tmp_path):
    files.check_folder(tmp_path / "a" / "b")
    assert list(tmp_path.iterdir()) == []
    files.check_folder(tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(FileExistsError):
        files.check_folder(tmp_path / "file")
