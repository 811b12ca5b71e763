"""Plausible results of three runs and of repeats, as the evaluate stage leaves them."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from run_folders import write_repeats, write_run, write_three

from cnnbench.core import files
from cnnbench.data import leakage
from cnnbench.report import leakage_tables
from cnnbench.report.overview import Overview, compile_overview
from cnnbench.results import run_result


def split(dataset: str) -> pd.DataFrame:
    """A split of twelve examples: of chest_xray one that leaks in every way, with names that a publisher may give."""
    parts = ["train"] * 8 + ["val"] * 2 + ["test"] * 2
    frame = pd.DataFrame({"id": [f"{dataset}/{n:02}" for n in range(12)], "label": [0.0, 1.0] * 6, "split": parts})
    frame["sha256"] = frame["group"] = frame["id"]
    frame = frame.assign(part="", near="", protocol="grouped", dropped="")
    if dataset == "chest_xray":
        frame = frame.assign(part=["train"] * 9 + ["test"] * 3, protocol="image-level")
        frame.loc[[0, 11], "sha256"] = "copy"
        frame.loc[[1, 2, 9], "near"] = "alike"
        frame.loc[[3, 4, 10], "group"] = "patient"
        frame.loc[5, ["id", "dropped", "split"]] = ["<script>alert(1)</script>.png", "unreadable: <b>|*x*", ""]
    return frame


def write_audits(folder: Path) -> Path:
    """The audits of the three data sets, and one of a data set that no run uses."""
    for dataset in ("boston_housing", "chest_xray", "mnist", "unused"):
        found = leakage.audit(split(dataset), "report")
        files.write_json(folder / f"{dataset}.leakage.json", found.model_dump())
    return folder


@pytest.fixture
def splits(tmp_path: Path) -> Path:
    """A folder with the audits."""
    return write_audits(tmp_path / "data" / "splits")


@pytest.fixture
def audits(splits: Path) -> dict[str, leakage.Audit]:
    """The audits of the three runs' data sets."""
    return leakage_tables.load(splits, ["boston_housing", "chest_xray", "mnist"])


def overview_of(runs: Path) -> Overview:
    """What the runs of a folder say together."""
    return compile_overview(run_result.load(runs))


@pytest.fixture
def overview() -> Callable[[Path], Overview]:
    """`overview_of`, for tests that need what runs say together."""
    return overview_of


@pytest.fixture
def repeated(tmp_path: Path) -> Path:
    """A folder with the repeats of two networks."""
    return write_repeats(tmp_path / "repeated" / "runs")


@pytest.fixture(scope="session")
def everything() -> Callable[[Path], tuple[Path, Path]]:
    """Writes all of the above into a folder; returns the folders with the runs and with the audits."""

    def make(folder: Path) -> tuple[Path, Path]:
        runs, splits = write_three(write_repeats(folder / "runs")), write_audits(folder / "splits")
        (splits / "skin_cancer.leakage.json").write_bytes((splits / "mnist.leakage.json").read_bytes())
        return runs, splits

    return make


@pytest.fixture
def write() -> Callable[..., Path]:
    """`write_run`, for tests that need a run of their own."""
    return write_run


@pytest.fixture
def three() -> Callable[..., Path]:
    """`write_three`, for tests that choose the classes."""
    return write_three


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """A folder with the three runs."""
    return write_three(tmp_path / "reports" / "runs")
