"""Shared by all tests: a quiet TensorFlow on the CPU, and an environment without this machine's own DVC and MLflow."""

import importlib.util
import os
import signal
import zipfile
from pathlib import Path
from types import SimpleNamespace

import coverage
import hypothesis
import pytest
from toys import SPLIT

from cnnbench.backend import runtime
from cnnbench.config import Data
from cnnbench.data import download
from cnnbench.data.cache import writer
from cnnbench.data.split import split_file

os.environ["CUDA_VISIBLE_DEVICES"] = ""
# else what tests start ignores them, as a background job and what nohup starts do
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)
os.environ.pop("COLUMNS", None)  # of a terminal that the tests do not print to
runtime.configure("cpu", threads=1, seed=0)  # once a process: TensorFlow refuses later changes

# The same examples on every run, whatever the machine's pace
hypothesis.settings.register_profile("cnnbench", max_examples=60, derandomize=True, deadline=None, database=None)
hypothesis.settings.load_profile("cnnbench")

LONGEST = (
    "test_end_to_end.py",
    "test_published.py",
    "test_tracking.py",
    "test_faults.py",
    "test_resuming.py",
    "test_interrupts.py",
    "test_evaluate.py",
    "test_export.py",
)


def pytest_collection_modifyitems(items):
    """Starts with the longest files: one that starts last would keep a single process busy."""
    place = {name: index for index, name in enumerate(LONGEST)}
    items.sort(key=lambda item: place.get(item.path.name, len(LONGEST)))


def pytest_sessionfinish():
    """Saves what was measured of a worker's process, which is killed where it is slow to end."""
    if measured := coverage.Coverage.current():
        measured.save()


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


def _prepare(folder, name, examples, size):
    """Runs download, split and cache; `contents` is that of records.json."""
    raw, records = folder / "raw" / name, folder / "records" / name
    download.fetch(name, Data(source="packaged", examples=examples, size=size), raw)
    frame = split_file.make(raw, SPLIT)
    return SimpleNamespace(
        raw=raw, split=frame, records=records, contents=writer.write(raw, frame, records, size and (size, size))
    )


@pytest.fixture(scope="session")
def digits(tmp_path_factory):
    """400 real digits."""
    return _prepare(tmp_path_factory.mktemp("digits"), "mnist", 400, 28)


@pytest.fixture(scope="session")
def housing(tmp_path_factory):
    """All rows of Boston housing."""
    return _prepare(tmp_path_factory.mktemp("housing"), "boston_housing", None, None)


@pytest.fixture
def document():
    """The module that writes docs/leaderboard.md."""
    path = Path(__file__).parents[1] / "docs/tables.py"
    spec = importlib.util.spec_from_file_location("document", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
