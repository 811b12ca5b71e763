"""When a no-op may leave MLflow alone."""

from pathlib import Path

import pytest

from cnnbench.tracking import settled

REPORTS = Path("reports")


@pytest.fixture
def report(repository):
    """A report that MLflow has, as `cnnbench track` notes it."""
    REPORTS.mkdir()
    for path in (Path("dvc.lock"), REPORTS / "leaderboard.csv", REPORTS / "costs.js"):
        path.write_text("x")
    assert not settled.is_settled(REPORTS)
    settled.note(REPORTS)
    assert settled.is_settled(REPORTS)


def grow(name):
    with Path(name).open("a") as file:
        file.write("y")


CHANGES = {
    "another model": lambda: grow("dvc.lock"),
    "another row": lambda: grow("reports/leaderboard.csv"),
    "no costs": lambda: Path("reports/costs.js").unlink(),
    "a store that others wrote to": lambda: grow("mlflow.db"),
    "no store": lambda: Path("mlflow.db").unlink(),
    "a damaged note": lambda: Path(".cnnbench/tracked.json").write_text("{"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_whatever_changes_is_looked_at(report, change):
    CHANGES[change]()
    assert not settled.is_settled(REPORTS)


def test_events_that_mlflow_has_missed_are_passed_on(report, repository):
    spool = repository / ".cnnbench/tracking/1-1.jsonl"
    spool.parent.mkdir(parents=True)
    spool.write_text("{}\n")
    assert not settled.is_settled(REPORTS)


@pytest.mark.parametrize(
    ("name", "value"), [("MLFLOW_TRACKING_URI", "http://127.0.0.1:9"), ("MLFLOW_EXPERIMENT_NAME", "another")]
)
def test_another_store_is_asked(report, monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    assert not settled.is_settled(REPORTS)
    settled.note(REPORTS)
    assert settled.is_settled(REPORTS) == (name == "MLFLOW_EXPERIMENT_NAME"), "a server alone knows what it has"
