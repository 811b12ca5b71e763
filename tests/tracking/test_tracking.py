"""Real MLflow stores in temporary repositories."""

import hashlib
import json
import signal
import subprocess
import sys
import textwrap
from contextlib import suppress

import pytest
from mlflow.types.schema import Schema
from run_record import record

from cnnbench.core.errors import UserError
from cnnbench.runs.record import Plan, TrainingRecord
from cnnbench.tracking import Tracker, lineage, names, spool

FACTS = {
    "dataset": "mnist",
    "classes": ["a"],
    "protocol": "official",
    "input_shape": [28, 28, 1],
    "examples": {"train": 3, "val": 2, "test": 1},
    "recipe": {"lr": 1e-5},
    "counts": {"train": {"a": 3}, "val": {"a": 2}, "test": {"a": 1}},
}
TRAINING = TrainingRecord(**dict(record("r", **FACTS)))
PLANNED = Plan(**dict(TRAINING))
PLAN = PLANNED.model_dump_json()


def test_a_training_and_the_evaluation_of_its_model_are_one_run(repository, tracked):
    with Tracker() as tracker:
        tracker.start_training(Plan(**dict(TRAINING)), {"threads": 2, "device": "cpu"})
        for epoch in (1, 2):
            tracker.log_epoch({"epoch": epoch, "loss": 1 / epoch, "val_loss": float("nan")})
        tracker.finish_training("data", "abc")
    (repository / "out").mkdir()
    (repository / "out" / "roc.png").write_bytes(b"picture")
    with Tracker() as tracker:
        tracker.start_evaluation(TRAINING, "abc")
        tracker.log_metrics({"test_accuracy": 0.5})
        tracker.log_artifacts(repository / "out")
    client, (run,) = tracked()
    assert run.info.status == "FINISHED"
    assert run.data.params["recipe.lr"] == "1e-05"
    assert run.data.params["recipe.schedule.name"] == "constant"
    assert (run.data.params["device"], run.data.params["threads"]) == ("cpu", "2")
    assert "parameters" not in run.data.params
    assert run.data.metrics["cost/parameters"] == 1234
    assert not any(key.startswith("counts") for key in run.data.params)
    assert [(point.step, point.value) for point in client.get_metric_history(run.info.run_id, "train/loss")] == [
        (1, 1),
        (2, 0.5),
    ]
    assert "val/loss" not in run.data.metrics
    assert run.data.metrics["test/accuracy"] == 0.5
    assert [item.path for item in client.list_artifacts(run.info.run_id)] == ["roc.png"]


def test_a_run_lasts_as_long_as_its_training_and_says_its_experiment(tracked, monkeypatch):
    def times():
        return [(run.info.start_time, run.info.end_time) for run in tracked()[1]]

    with Tracker() as tracker:
        tracker.start_training(PLANNED, {})
        tracker.finish_training("data", "abc")
    trained = times()
    with Tracker() as tracker:
        tracker.start_evaluation(TRAINING, "abc")
    with suppress(ZeroDivisionError), Tracker() as tracker:
        tracker.start_evaluation(TRAINING, "abc")
        raise ZeroDivisionError
    assert times() == trained
    monkeypatch.setenv("DVC_EXP_NAME", "slower")
    with Tracker() as tracker:
        tracker.start_training(PLANNED, {})
        tracker.finish_training("data", "abcd")
    with Tracker() as tracker:
        tracker.start_evaluation(TRAINING, "abcd")
    assert sorted(run.info.run_name for run in tracked()[1]) == ["r", "r (slower)"]


@pytest.mark.parametrize(
    ("name", "placed"),
    [
        ("loss", "train/loss"), ("lr", "train/lr"), ("best_epoch", "train/best_epoch"), ("val_loss", "val/loss"),
        ("test_accuracy", "test/accuracy"), ("test/accuracy", "test/accuracy"), ("latency_ms", "cost/latency_ms"),
        ("train_seconds", "cost/train_seconds"), ("flops", "cost/flops"),
    ],
)  # fmt: skip
def test_a_metric_has_a_section_of_mlflows_charts(name, placed):
    assert names.place(name) == placed


def test_a_trial_is_a_run_of_its_study_and_the_same_one_when_it_goes_on(repository, tracked):
    for last in (1, 2):
        with suppress(ZeroDivisionError), Tracker() as tracker:
            tracker.start_trial(Plan(**dict(TRAINING)), {"threads": 2, "device": "cpu"}, "r 0a", 7)
            for epoch in range(1, last + 1):
                tracker.log_epoch({"epoch": epoch, "val_loss": 1 / epoch})
            if last == 1:
                raise ZeroDivisionError
            tracker.finish_trial("complete", {"val_log_loss": 0.5, "val_mse": None})
    client, runs = tracked()
    assert runs == [], "no row of the leaderboard"
    (experiment,) = client.search_experiments(filter_string="name = 'cnnbench'")
    (run,) = client.search_runs([experiment.experiment_id], "tags.`cnnbench.study` = 'r 0a'")
    assert run.info.status == "FINISHED"
    assert run.info.run_name == "r trial 7"
    assert run.data.tags["cnnbench.trial"] == "7"
    assert run.data.tags["cnnbench.trial_state"] == "complete"
    assert run.data.metrics["val/log_loss"] == 0.5
    assert run.data.params["recipe.lr"] == "1e-05"
    assert {point.step for point in client.get_metric_history(run.info.run_id, "val/loss")} == {1, 2}


def test_a_training_from_weights_says_so_and_its_phases_are_no_figures(repository, tracked):
    start = {"trained_on": "ImageNet-1k", "licence": "Apache-2.0", "origin": "a package", "sha256": "0" * 64}
    training = TrainingRecord(**dict(record("r", **FACTS, weights="lite", start=start, trained_parameters=12)))
    with Tracker() as tracker:
        tracker.start_training(Plan(**dict(training)), {})
        for epoch, phase in ((1, "head"), (2, "all")):
            tracker.log_epoch({"epoch": epoch, "phase": phase, "loss": 1 / epoch})
        tracker.finish_training("data", "abc")
    with Tracker() as tracker:
        tracker.start_evaluation(training, "abc")
    _, (run,) = tracked()
    assert (run.data.params["weights"], run.data.params["start.trained_on"]) == ("lite", "ImageNet-1k")
    assert run.data.metrics["cost/trained_parameters"] == 12
    assert run.data.metrics["train/loss"] == 0.5
    assert "train/phase" not in run.data.metrics


def test_a_model_from_dvcs_cache_gets_a_run_and_a_training_that_makes_it_its_test_metrics(tracked):
    with Tracker() as tracker:
        tracker.start_evaluation(TRAINING, "known")
        tracker.log_metrics({"test_accuracy": 0.5})
    _, (run,) = tracked()
    assert run.data.tags["cnnbench.origin"] == "dvc cache", "there was no training here"
    assert run.data.tags["cnnbench.model_sha256"] == "known"
    assert run.data.params["dataset"] == "mnist"
    for model in ("known", "new"):
        with Tracker() as tracker:
            tracker.start_training(TRAINING, {"threads": 2, "device": "cpu"})
            tracker.finish_training("data", model)
    _, runs = tracked()
    tested = [(run.data.tags["cnnbench.model_sha256"], run.data.metrics.get("test/accuracy")) for run in runs]
    assert sorted(tested, key=str) == [("known", 0.5), ("known", 0.5), ("new", None)]


def test_data_and_model_are_linked_to_the_run(repository, tracked):
    (repository / "models/r").mkdir(parents=True)
    (repository / "models/r/model.keras").write_bytes(b"weights")
    with Tracker() as tracker:
        tracker.start_training(TRAINING, {"threads": 2, "device": "cpu"})
        tracker.finish_training("d" * 64, "abc")
    for _ in range(2):  # the same model is evaluated again when its evaluation changes
        with Tracker() as tracker:
            tracker.start_evaluation(TRAINING, "abc")
    client, (run,) = tracked()
    tags = {key: value for key, value in run.data.tags.items() if key.startswith("cnnbench.model_")}
    assert tags == {
        "cnnbench.model_path": "models/r/model.keras",
        "cnnbench.model_sha256": "abc",
        "cnnbench.model_md5": hashlib.md5(b"weights", usedforsecurity=False).hexdigest(),
    }
    assert client.list_artifacts(run.info.run_id) == [], "not copied into the store"
    inputs = {one.tags[0].value: one.dataset for one in run.inputs.dataset_inputs}
    assert list(run.inputs.dataset_inputs[0].tags[0]) == [("key", "mlflow.data.context"), ("value", "training")]
    assert {context: one.digest for context, one in inputs.items()} == {
        "training": "dddddddddddd-train-f0-n3",
        "validation": "dddddddddddd-val-f0-n2",
        "test": "dddddddddddd-test-f0-n1",
    }
    test = inputs["test"]
    assert (test.name, test.source_type) == ("mnist", "local")
    assert json.loads(test.source) == {"uri": "data/records/mnist", "records_sha256": "d" * 64}
    assert json.loads(test.profile) == {"num_rows": 1, "split": "official", "fold": 0, "counts": {"a": 1}}
    columns = Schema.from_json(json.dumps(json.loads(test.schema)["mlflow_colspec"]))
    assert [(spec.name, spec.shape) for spec in columns] == [("input 28x28x1", (-1, 28, 28, 1)), ("label", (-1,))]


def test_a_digest_is_no_longer_than_mlflow_allows():
    about = record(classes=[], examples={"train": 12_345_678, "val": 1, "test": 1})
    (one,) = lineage.inputs(about, "f" * 64, ["train"], synthetic=False)
    assert len(one.dataset.digest) <= 36
    assert "counts" not in json.loads(one.dataset.profile)
    assert [column["name"] for column in json.loads(one.dataset.schema)["mlflow_colspec"]] == ["input 13x1", "target"]
    assert lineage.inputs(about, "", ["train"], synthetic=False) == [], "records of an unknown hash"


def test_an_error_marks_the_run_failed(wait_for_status):
    def fails():
        with Tracker() as tracker:
            tracker.start_training(TRAINING, {"threads": 2, "device": "cpu"})
            raise UserError("Expected a finite loss")

    with pytest.raises(UserError, match="Expected a finite loss"):
        fails()
    wait_for_status("FAILED")


def test_an_evaluation_that_fails_leaves_a_finished_training_finished(tracked, wait_for_status):
    with Tracker() as tracker:
        tracker.start_training(Plan(**dict(TRAINING)), {"threads": 2, "device": "cpu"})
        tracker.finish_training("data", "abc")

    def is_interrupted():
        with Tracker() as tracker:
            tracker.start_evaluation(TRAINING, "abc")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        is_interrupted()
    wait_for_status("FINISHED")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
def test_a_training_whose_group_is_killed_is_not_left_running(repository, wait_for_status, number):
    script = textwrap.dedent(f"""
        import os, signal
        from cnnbench.tracking import Tracker
        from cnnbench.runs.record import Plan
        tracker = Tracker().__enter__()
        tracker.start_training(Plan.model_validate_json({PLAN!r}), {{"threads": 2, "device": "cpu"}})
        signal.signal(signal.SIGHUP, signal.SIG_DFL)  # ignored under nohup
        os.killpg(0, {int(number)})
    """)
    done = subprocess.run([sys.executable, "-c", script], start_new_session=True)
    assert done.returncode == -number
    wait_for_status("FAILED")  # by the tracker's process, which outlives its parent by a moment
    assert not spool.left()


def test_processes_that_start_at_once_share_a_new_store(repository, tracked):
    (repository / "mlflow.db").unlink()
    script = textwrap.dedent(f"""
        from cnnbench.runs.record import Plan
        from cnnbench.tracking import Tracker
        with Tracker() as tracker:
            tracker.start_training(Plan.model_validate_json({PLAN!r}), {{"threads": 2, "device": "cpu"}})
    """)
    together = [subprocess.Popen([sys.executable, "-c", script]) for _ in range(4)]
    assert [process.wait() for process in together] == [0] * 4
    _, runs = tracked()
    assert [run.info.status for run in runs] == ["FINISHED"] * 4
    assert {run.data.tags["cnnbench.benchmark"] for run in runs} == {"workspace"}
