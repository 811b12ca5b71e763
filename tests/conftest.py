"""Shared by all tests: a quiet TensorFlow on the CPU, and an environment without this machine's own DVC and MLflow."""

import importlib.util
import os
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from cnnbench.backend import runtime
from cnnbench.config import Data, Split
from cnnbench.data import download
from cnnbench.data.cache import writer
from cnnbench.data.split import split_file

os.environ["CUDA_VISIBLE_DEVICES"] = ""
runtime.configure("cpu", threads=2, seed=0)  # once a process: TensorFlow refuses later changes

SPLIT = Split(train=0.8, val=0.1, test=0.1, seed=0)


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch):
    for name in list(os.environ):
        if name.startswith(("DVC_", "MLFLOW_", "CNNBENCH_")):
            monkeypatch.delenv(name)


@pytest.fixture
def chest(tmp_path):
    """Fetches chest films of the test's own, by path inside `chest_xray/`, from an archive laid out as Kaggle's."""

    def fetch(films, **source):
        archives, raw = tmp_path / "archives", tmp_path / "raw" / "chest_xray"
        archives.mkdir()
        with zipfile.ZipFile(archives / "chest-xray-pneumonia.zip", "w") as archive:
            for name, content in films.items():
                archive.writestr(f"chest_xray/{name}", content)
        data = Data(source={"name": "kaggle", **source}, examples=None, size=16)
        download.fetch("chest_xray", data, raw, archives)
        return raw

    return fetch


@pytest.fixture(scope="session")
def digits(tmp_path_factory):
    """The folders of 400 real digits: raw, split and records, as the first three stages leave them."""
    folder = tmp_path_factory.mktemp("digits")
    raw, records = folder / "raw" / "mnist", folder / "records" / "mnist"
    download.fetch("mnist", Data(source="packaged", examples=400, size=28), raw)
    frame = split_file.make(raw, SPLIT)
    writer.write(raw, frame, records, 28)
    return SimpleNamespace(raw=raw, split=frame, records=records)


@pytest.fixture(scope="session")
def housing(tmp_path_factory):
    """The same of Boston housing, whole."""
    folder = tmp_path_factory.mktemp("housing")
    raw, records = folder / "raw" / "boston_housing", folder / "records" / "boston_housing"
    download.fetch("boston_housing", Data(source="packaged", examples=None, size=None), raw)
    frame = split_file.make(raw, SPLIT)
    writer.write(raw, frame, records, None)
    return SimpleNamespace(raw=raw, split=frame, records=records)


@pytest.fixture
def document():
    """The module that writes docs/leaderboard.md."""
    path = Path(__file__).parents[1] / "docs/tables.py"
    spec = importlib.util.spec_from_file_location("document", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
