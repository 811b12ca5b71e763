"""Results on other data sets and on corrupted images, in the MLflow run of their network."""

import json

import pytest
from run_record import record, run_json

from cnnbench.core import files
from cnnbench.tracking import Tracker, backfill, beyond

HEADER = "corruption,strength,metric,value,low,high,clean,difference,difference_low,difference_high\n"
MEASURED = {"accuracy": {"value": 0.6, "low": 0.5, "high": 0.7}, "roc_auc": {"value": None, "low": None, "high": None}}
OWN = {name: {"value": 0.9, "low": 0.8, "high": 0.95} for name in ("accuracy", "roc_auc")}
FACTS = {
    "dataset": "d",
    "classes": ["a", "b"],
    "examples": {"train": 8, "val": 1, "test": 2},
    "counts": {"train": {"a": 6, "b": 2}, "val": {"a": 1, "b": 0}, "test": {"a": 1, "b": 1}},
}


def write_test(repository, name, **changes):
    folder = repository / "reports/tests" / name
    folder.mkdir(parents=True)
    about = run_json(name, **FACTS) | {"network": "r", "tested_on": "vienna", "part": "all", "left_out": {}}
    (folder / "run.json").write_text(json.dumps(about | {"mapping": {"a": "a", "b": "b"}} | changes))
    (folder / "metrics.json").write_text(json.dumps(MEASURED))
    return folder


def write_corruptions(repository):
    folder = repository / "reports/corruptions/r"
    folder.mkdir(parents=True)
    rows = [("blur", 1, 0.8), ("blur", "mean", 0.7), ("all", "mean", 0.75)]
    text = [f"{kind},{strength},{metric},{value},,,0.9,-0.2,,\n" for kind, strength, value in rows
            for metric in ("accuracy", "kappa")]  # fmt: skip
    (folder / "corruptions.csv").write_text(HEADER + "".join(text))
    return folder


@pytest.fixture
def reports(repository):
    """A report on one run, which is tested on another data set, and on corrupted images."""
    run = repository / "reports/runs/r"
    run.mkdir(parents=True)
    (run / "run.json").write_text(json.dumps(run_json("r", **FACTS)))
    (run / "metrics.json").write_text(json.dumps(OWN))
    (run / "history.csv").write_text("epoch,loss,val_loss\n1,0.5,0.5\n")
    (repository / "models/r").mkdir(parents=True)
    (repository / "models/r/model.keras").write_bytes(b"r")
    (repository / "reports/leaderboard.csv").write_text("run,dataset\nr,d\n")
    return repository / "reports"


EXPECTED = {
    "test/vienna/accuracy": 0.6,
    "corruption/blur/accuracy": 0.7,
    "corruption/all/accuracy": 0.75,
    "corruption/all/kappa": 0.75,
}


def beyond_of(run):
    return {name: value for name, value in run.data.metrics.items() if name.count("/") > 1}


def files_of(client, run, place):
    return sorted(one.path for one in client.list_artifacts(run.info.run_id, place))


def test_a_stage_logs_them_into_the_run_of_the_training(repository, tracked):
    about = record("r", **FACTS)
    with Tracker() as tracker:
        tracker.start_training(about, {"device": "cpu"})
        tracker.finish_training("", "abc")
    ended = tracked()[1][0].info.end_time
    for folder in (write_test(repository, "r-on-vienna"), write_corruptions(repository)):
        with Tracker() as tracker:
            tracker.start_evaluation(about, "abc")
            tracker.log_beyond(folder.relative_to(repository))
    client, (run,) = tracked()
    assert beyond_of(run) == EXPECTED
    assert files_of(client, run, "tests/r-on-vienna") == [
        f"tests/r-on-vienna/{name}.json" for name in ("metrics", "run")
    ]
    assert files_of(client, run, "corruptions/r") == ["corruptions/r/corruptions.csv"]
    assert (run.info.status, run.info.end_time) == ("FINISHED", ended)


def test_track_adds_what_came_out_of_dvcs_cache_once(repository, reports, tracked):
    write_test(repository, "r-on-vienna")
    assert backfill.add_missing_runs(reports).outcomes == {"r": "made"}
    write_corruptions(repository)
    assert backfill.add_missing_runs(reports).outcomes == {"r": "completed"}
    client, (run,) = tracked()
    assert beyond_of(run) == EXPECTED
    assert run.data.metrics["test/accuracy"] == 0.9, "that of its own test part stays what it is"
    assert files_of(client, run, "corruptions/r") == ["corruptions/r/corruptions.csv"]
    assert backfill.add_missing_runs(reports).outcomes == {"r": "known"}
    for path in (reports / "tests/r-on-vienna").glob("metrics.json"):
        path.write_text(json.dumps(MEASURED).replace("0.6", "0.55"))  # as after a change of the other data set
    assert backfill.add_missing_runs(reports).outcomes == {"r": "completed"}
    assert tracked()[1][0].data.metrics["test/vienna/accuracy"] == 0.55


def test_a_run_that_was_tested_elsewhere_alone_still_gets_its_own_test(repository, reports, tracked):
    about = record("r", **FACTS)
    with Tracker() as tracker:
        tracker.start_evaluation(about, files.sha256(repository / "models/r/model.keras"))
        tracker.log_beyond(write_test(repository, "r-on-vienna").relative_to(repository))
    assert backfill.add_missing_runs(reports).outcomes == {"r": "completed"}
    (run,) = tracked()[1]
    assert (run.data.metrics["test/accuracy"], run.data.metrics["test/vienna/accuracy"]) == (0.9, 0.6)


@pytest.mark.parametrize(
    ("tests", "sections"),
    [
        ({"one": {}}, {"vienna"}),
        ({"one": {"part": "test"}}, {"vienna test part"}),
        ({"one": {}, "two": {"part": "test"}}, {"vienna", "vienna test part"}),
        ({"one": {}, "two": {"mapping": {"a": "a", "b": "b", "c": "b"}}}, {"one", "two"}),
        ({"one": {}, "two": {"network": "other"}}, {"vienna"}),
        ({"one": {}, "two": {"tested_on": "graz"}}, {"vienna", "graz"}),
    ],
)
def test_tests_of_a_run_never_share_a_name(repository, tests, sections):
    for name, changes in tests.items():
        write_test(repository, name, **changes)
    figures = [one.figures for one in beyond.of_run(repository / "reports", "r")]
    assert {name for one in figures for name in one} == {
        f"test/{section}/{metric}" for section in sections for metric in MEASURED
    }
