"""The two states that commands start from: a repository with a report, and a params.yaml to change."""

import json

import pytest
from report_folder import LEADERBOARD, PARAMS, RUN, write_audits, write_thresholds


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A repository root: the true params.yaml with one threshold, and a report."""
    monkeypatch.chdir(tmp_path)
    write_thresholds(tmp_path, {RUN: {"accuracy": {"min": 0.9}}})
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports/leaderboard.csv").write_text(LEADERBOARD)
    measures = {RUN: {"accuracy": {"value": 0.96, "low": 0.94, "high": 0.975}}}
    (tmp_path / "reports/metrics.json").write_text(json.dumps(measures))
    write_audits(tmp_path, mnist="pq", chest_xray="pq")
    return tmp_path


@pytest.fixture
def copy(tmp_path):
    """The shipped params.yaml, to be changed."""
    path = tmp_path / "params.yaml"
    path.write_bytes(PARAMS.read_bytes())
    return path
