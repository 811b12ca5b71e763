"""`cnnbench split export --croissant`: mlcroissant validates the file, and reads the split by it."""

import json
import shutil

import pytest
from finished import PARAMS

from cnnbench import cli
from cnnbench.core import files


@pytest.fixture
def root(tmp_path, digits, housing, monkeypatch):
    """A repository with the data and the splits of digits and of a table."""
    shutil.copy(PARAMS, tmp_path / "params.yaml")
    for name, made in {"mnist": digits, "boston_housing": housing}.items():
        (tmp_path / "data/raw").mkdir(parents=True, exist_ok=True)
        (tmp_path / "data/splits").mkdir(exist_ok=True)
        (tmp_path / "data/raw" / name).symlink_to(made.raw)
        made.split.to_parquet(tmp_path / f"data/splits/{name}.parquet")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.filterwarnings("ignore")  # of the packages that mlcroissant imports
@pytest.mark.parametrize("name", ["mnist", "boston_housing", "mnist-mnist_cnn"])
def test_mlcroissant_validates_and_reads_it(root, capsys, name):
    mlcroissant = pytest.importorskip("mlcroissant", reason="needs mlcroissant, of the extra dev")
    assert cli.main(["split", "export", name, "--out", "out/split.csv", "--croissant"]) == 0
    found = mlcroissant.Dataset(jsonld=str(root / "out/croissant.json"))
    assert not found.metadata.issues.errors
    records = list(found.records("examples"))
    assert len(records) == len((root / "out/split.csv").read_text().splitlines()) - 1
    assert {record["examples/part"] for record in records} == {b"train", b"val", b"test"}


def test_it_has_what_source_json_says(root, capsys):
    assert cli.main(["split", "export", "mnist", "--croissant"]) == 0
    content = json.loads((root / "exports/croissant.json").read_text())
    about = json.loads((root / "data/raw/mnist/source.json").read_text())
    assert (content["license"], content["citeAs"]) == (about["licence"], about["citation"])
    assert all(value in content["description"] for value in about["sha256"].values())
    assert content["distribution"][0]["sha256"] == files.sha256(root / "exports/mnist-split.csv")
    assert content["conformsTo"] == "http://mlcommons.org/croissant/1.0"


def test_what_is_not_there_is_one_line(root, capsys):
    assert cli.main(["split", "export", "nosuch", "--croissant"]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert not (root / "exports").exists()
