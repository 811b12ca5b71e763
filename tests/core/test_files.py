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
