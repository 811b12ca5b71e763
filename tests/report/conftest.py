"""Synthetic results of three runs and of repeats, as the evaluate stage leaves them."""

from pathlib import Path

import pytest
from run_folders import write_audits, write_repeats, write_three

from cnnbench.data.leakage import Audit
from cnnbench.report import leakage_tables


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """A folder with the three runs."""
    return write_three(tmp_path / "reports" / "runs")


@pytest.fixture
def repeated(tmp_path: Path) -> Path:
    """A folder with the repeats of two networks."""
    return write_repeats(tmp_path / "repeated" / "runs")


@pytest.fixture
def splits(tmp_path: Path) -> Path:
    """A folder with the audits."""
    return write_audits(tmp_path / "data" / "splits")


@pytest.fixture
def audits(splits: Path) -> dict[str, Audit]:
    """The audits of the three runs' data sets."""
    return leakage_tables.load(splits, ["boston_housing", "chest_xray", "mnist"])
