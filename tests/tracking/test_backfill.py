"""Rows of a small leaderboard and a real MLflow store, in a temporary repository."""

import contextlib
import csv
import hashlib
import io
import json
import shutil
import sqlite3

import pytest
from mlflow import MlflowClient
from run_record import record, run_json

from cnnbench import cli
from cnnbench.core import files
from cnnbench.core.errors import UserError
from cnnbench.tracking import backfill, lineage, spool, store

HISTORY = "epoch,loss,val_loss,lr\n1,0.5,,0.0001\n2,0.25,0.75,0.0001\n"
FACTS = {
    "dataset": "d",
    "title": "A data set",
    "classes": ["a", "b"],
    "input_shape": [4, 4, 1],
    "examples": {"train": 8, "val": 1, "test": 1},
    "counts": {"train": {"a": 6, "b": 2}, "val": {"a": 1, "b": 0}, "test": {"a": 0, "b": 1}},
    "changed": ["epochs: 20 -> 2", "batch_size: 32 -> 16"],
    "synthetic": True,
    "recipe": {"lr": 1e-4},
}


@pytest.fixture(autouse=True)
def _results(repository):
    """Results of two runs, "r" and "s"."""
    (repository / "data/records/d").mkdir(parents=True)
    (repository / "data/records/d/records.json").write_text("{}")
    for run in ("r", "s"):
        folder = repository / "reports/runs" / run
        folder.mkdir(parents=True)
        (folder / "run.json").write_text(json.dumps(run_json(run, **FACTS)))
        metrics = {
            "accuracy": {"value": 0.75, "low": 0.5, "high": 1.0},
            "roc_auc": {"value": None, "low": None, "high": None},
        }
        (folder / "metrics.json").write_text(json.dumps(metrics))
        (folder / "history.csv").write_text(HISTORY)
        (repository / "models" / run).mkdir(parents=True)
        (repository / "models" / run / "model.keras").write_bytes(run.encode())
    (repository / "reports/leaderboard.csv").write_text("run,dataset\nr,d\ns,d\n")


def by_name(runs):
    return {run.data.tags["cnnbench.run"]: run for run in runs}


def inputs_of(run):
    """The number of examples of each input, by its use."""
    inputs = run.inputs.dataset_inputs
    assert {one.dataset.name for one in inputs} == {"d"}
    return {one.tags[0].value: json.loads(one.dataset.profile)["num_rows"] for one in inputs}


def train(folder, run, *, evaluated, monkeypatch, **facts):
    """Logs a training here as the stages do."""
    model = lineage.Model.read(run, files.sha256(folder / "models" / run / "model.keras"))
    data = files.sha256(folder / "data/records/d/records.json")
    made = record(run, **FACTS | facts)
    with store.Store() as tracker:
        tracker.begin(f"train {run}", "", {})
        tracker.start_training(made, {"threads": 2, "device": "cpu"}, True)
        for row in csv.DictReader(io.StringIO(HISTORY)):
            tracker.log_metrics({"loss": float(row["loss"])}, int(row["epoch"]))
        tracker.log_metrics({"images_per_second": 456.789, "peak_memory_mib": 900.0})
        tracker.finish_training(data, model.to_json())
        tracker.end({"train_seconds": 12.0})
        tracker.close_run()
        if evaluated:
            tracker.begin(f"evaluate {run}", "", {})
            tracker.start_evaluation(made, data, model.to_json(), True)
            tracker.log_metrics({"test_accuracy": 0.75, "latency_ms": 1.25})
            tracker.log_artifacts(str(folder / "reports/runs" / run))
            tracker.end({"evaluate_seconds": 3.0})
            tracker.close_run()


def costs_of(folder):
    text = (folder / "reports/costs.js").read_text()
    assert text.startswith("window.cnnbenchCosts = {")
    assert text.endswith("};\n")
    return json.loads(text.removeprefix("window.cnnbenchCosts = ").removesuffix(";\n"))


def test_results_from_the_cache_get_a_run_each_once(repository, tracked):
    assert backfill.add_missing_runs(repository / "reports").outcomes == {"r": "made", "s": "made"}
    client, runs = tracked()
    run = by_name(runs)["r"]
    assert run.info.status == "FINISHED"
    assert run.data.tags["cnnbench.origin"] == "dvc cache"
    assert run.data.tags["cnnbench.model_sha256"] == files.sha256(repository / "models/r/model.keras")
    assert run.data.tags["cnnbench.data_sha256"] == files.sha256(repository / "data/records/d/records.json")
    assert run.data.tags["cnnbench.model_path"] == "models/r/model.keras"
    assert run.data.tags["cnnbench.model_md5"] == hashlib.md5(b"r", usedforsecurity=False).hexdigest()
    assert inputs_of(run) == {"training": 8, "validation": 1, "test": 1}
    assert "mlflow.parentRunId" not in run.data.tags, "the page of MLflow shows nested runs folded, and no chart"
    assert run.data.tags["cnnbench.benchmark"] == "workspace"
    assert run.data.tags["cnnbench.synthetic"] == "yes"
    assert run.data.tags["cnnbench.positive_class"] == "b"
    assert "SYNTHETIC" in run.data.tags["mlflow.note.content"]
    assert not {key for key, value in run.data.tags.items() if not value}
    assert run.data.metrics["cost/parameters"] == 1234
    assert run.data.metrics["train/best_epoch"] == 2
    assert "publication: epochs: 20 -> 2; batch_size: 32 -> 16." in run.data.tags["mlflow.note.content"]
    assert run.data.params["input_shape"] == "4x4x1"
    assert run.data.params["recipe.lr"] == "0.0001"
    assert not {"title", "counts.train.a", "classes", "changed", "synthetic", "best_epoch"} & set(run.data.params)
    assert {key: value for key, value in run.data.metrics.items() if key.startswith("test/")} == {"test/accuracy": 0.75}
    points = client.get_metric_history(run.info.run_id, "train/loss")
    assert [(point.step, point.value) for point in points] == [(1, 0.5), (2, 0.25)]
    assert [point.step for point in client.get_metric_history(run.info.run_id, "val/loss")] == [2]
    assert "metrics.json" in [item.path for item in client.list_artifacts(run.info.run_id)]
    assert costs_of(repository) == {}
    assert backfill.add_missing_runs(repository / "reports").outcomes == {"r": "known", "s": "known"}
    assert len(tracked()[1]) == 2


def test_baselines_and_ensembles_get_a_run_each_once(repository, tracked):
    header = "run,kind,dataset,architecture,profile,synthetic,badges,accuracy,accuracy_low,accuracy_high,parameters\n"
    baseline = "d majority,baseline,d,majority,quick,true,,0.500000,0.300000,0.700000,2\n"
    (repository / "reports/leaderboard.csv").write_text(f"{header}{baseline}r,network,d,net,quick,true,,,,,1234\n")
    assert backfill.add_missing_runs(repository / "reports").outcomes == {"r": "made", "d majority": "made"}
    client, runs = tracked()
    assert [run.info.run_name for run in runs] == ["r"], "no training"
    (experiment,) = client.search_experiments(filter_string="name = 'cnnbench'")
    (run,) = client.search_runs([experiment.experiment_id], "tags.`cnnbench.origin` = 'baseline'")
    assert run.info.run_name == "d majority"
    assert run.info.status == "FINISHED"
    assert run.data.metrics == {"test/accuracy": 0.5, "cost/parameters": 2}
    assert run.data.params == {"dataset": "d", "architecture": "majority", "profile": "quick"}
    assert run.data.tags["cnnbench.benchmark"] == runs[0].data.tags["cnnbench.benchmark"]
    assert backfill.add_missing_runs(repository / "reports").outcomes == {"r": "known", "d majority": "known"}
    (repository / "reports/leaderboard.csv").write_text(header + baseline.replace("0.500000", "0.600000"))
    assert backfill.add_missing_runs(repository / "reports").outcomes == {"d majority": "made"}


def test_a_row_that_is_not_above_chance_says_so_in_mlflow(repository, tracked):
    metrics = {"accuracy": {"value": 0.75, "low": 0.5, "high": 1.0}}
    counts = {part: {"a": 5, "b": 5} for part in ("train", "val", "test")}
    facts = FACTS | {"counts": counts, "examples": dict.fromkeys(counts, 10)}
    (repository / "reports/runs/r/run.json").write_text(json.dumps(run_json("r", **facts)))
    (repository / "reports/runs/r/metrics.json").write_text(json.dumps(metrics))
    backfill.add_missing_runs(repository / "reports")
    assert by_name(tracked()[1])["r"].data.tags["cnnbench.badges"] == "not above chance, n = 10"


def test_runs_trained_here_are_known_and_the_page_gets_their_costs(repository, tracked, monkeypatch, capsys):
    train(repository, "r", evaluated=True, monkeypatch=monkeypatch)
    train(repository, "s", evaluated=False, monkeypatch=monkeypatch)
    assert cli.main(["track"]) == 0
    out, err = capsys.readouterr()
    assert err.startswith("warning: reporting checklists were not written: Expected data/records/d/records.json as")
    assert "s: completed in MLflow, from its results" in out
    assert "2 rows, 2 MLflow runs: 1 known, 1 completed, 0 made. Costs of 2 in reports/costs.js." in out
    _, runs = tracked()
    assert len(runs) == 2
    runs = by_name(runs)
    assert runs["s"].data.metrics["test/accuracy"] == 0.75
    assert runs["s"].info.status == "FINISHED"
    assert inputs_of(runs["s"]) == inputs_of(runs["r"]) == {"training": 8, "validation": 1, "test": 1}
    costs = costs_of(repository)
    assert list(costs["r"]) == list(backfill.COSTS)
    known = {"train_seconds": 12.0, "images_per_second": 456.8, "peak_memory_mib": 900.0, "device": "cpu"}
    assert costs["r"] | known | {"latency_ms": 1.25} == costs["r"]
    assert costs["s"] | known | {"latency_ms": None} == costs["s"]


def test_the_same_model_of_another_recipe_is_another_row(repository, monkeypatch):
    train(repository, "r", evaluated=True, recipe={"lr": 1e-4, "l2": 0.5}, monkeypatch=monkeypatch)
    assert backfill.add_missing_runs(repository / "reports").outcomes["r"] == "made"
    assert backfill.add_missing_runs(repository / "reports").outcomes["r"] == "known"
    (repository / "data/records/d/records.json").write_text("[]")
    assert backfill.add_missing_runs(repository / "reports").outcomes["r"] == "made"


def test_a_missing_model_is_an_error(repository):
    shutil.rmtree(repository / "models/s")
    with pytest.raises(UserError, match="Expected the model of s in models/ or in DVC's cache, received none"):
        backfill.add_missing_runs(repository / "reports")


@pytest.mark.parametrize(
    ("name", "content", "received"),
    [
        ("leaderboard.csv", None, "received none"),
        ("leaderboard.csv", "name\nr\n", "run not found"),
        ("runs/r/run.json", "{", "received: EOF"),
        ("runs/r/run.json", "{}", "received none"),
        ("runs/r/metrics.json", None, "received none"),
        ("runs/s/metrics.json", '{"accuracy": 1}', "received 1"),
        ("runs/r/history.csv", "epoch,loss\n1,x\n", "val_loss not found"),
        ("runs/r/history.csv", "epoch,loss,val_loss,lr\n1,1,1,x\n", "received line 2"),
    ],
)
def test_a_damaged_file_is_an_error_of_one_line(repository, capsys, name, content, received):
    path = repository / "reports" / name
    path.unlink() if content is None else path.write_text(content)
    assert cli.main(["track"]) == 2
    out, err = capsys.readouterr()
    assert err.startswith("error: Expected ")
    assert f" reports/{name}" in err
    assert received in err
    assert err.count("\n") == 1
    assert out == ""
    assert not (repository / "reports/costs.js").exists()
    assert MlflowClient(f"sqlite:///{repository / 'mlflow.db'}").get_experiment_by_name("cnnbench") is None


def test_a_store_that_does_not_work_is_a_warning_or_if_so_wished_an_error(repository, monkeypatch, capsys):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "nosuch://store")
    for arguments, variable, code, start in [
        (["track"], "", 0, "warning: MLflow: "),
        (["track", "--strict"], "", 2, "error: Expected a working MLflow store, received "),
        (["track"], "strict", 2, "error: Expected a working MLflow store, received "),
        (
            ["track"],
            "sometimes",
            2,
            "error: Expected CNNBENCH_TRACKING=strict, =later or no such variable, rec",
        ),
    ]:
        monkeypatch.setenv("CNNBENCH_TRACKING", variable)
        assert cli.main(arguments) == code
        err = capsys.readouterr().err
        assert err.startswith(start)
        assert err.count("\n") == 1


def test_a_row_that_fails_half_way_is_failed_and_made_anew(repository, tracked, monkeypatch):
    def fails(self, folder):
        raise OSError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr(store.Store, "log_artifacts", fails)
        with pytest.raises(UserError, match="Expected a working MLflow store, received OSError: disk full"):
            backfill.add_missing_runs(repository / "reports")
    assert by_name(tracked()[1])["r"].info.status == "FAILED"
    assert backfill.add_missing_runs(repository / "reports").outcomes == {"r": "made", "s": "made"}


def test_a_run_that_lacks_epochs_artifacts_or_its_end_is_completed(repository, tracked, monkeypatch):
    train(repository, "r", evaluated=True, monkeypatch=monkeypatch)
    train(repository, "s", evaluated=True, monkeypatch=monkeypatch)
    client, runs = tracked()
    run = by_name(runs)["r"]
    database = sqlite3.connect(repository / "mlflow.db")
    with contextlib.closing(database), database:
        database.execute("DELETE FROM metrics WHERE key = 'loss' AND step = 1 AND run_uuid = ?", (run.info.run_id,))
    shutil.rmtree(repository / "mlartifacts" / run.info.run_id)
    client.set_terminated(run.info.run_id, "FAILED")
    assert backfill.add_missing_runs(repository / "reports").outcomes == {"r": "completed", "s": "known"}
    run = by_name(tracked()[1])["r"]
    assert run.info.status == "FINISHED"
    assert sorted(point.step for point in client.get_metric_history(run.info.run_id, "train/loss")) == [1, 2]
    assert client.list_artifacts(run.info.run_id)
    assert backfill.add_missing_runs(repository / "reports").outcomes == {"r": "known", "s": "known"}


def test_what_a_stage_could_not_pass_on_comes_first(repository, tracked, capfd):
    left = spool.Spool()
    model = lineage.Model.read("r", files.sha256(repository / "models/r/model.keras"))
    data = files.sha256(repository / "data/records/d/records.json")
    about = record("r", **FACTS)
    for event in (
        {"event": "begin", "id": "1", "store": "mlflow.db cnnbench", "tags": {}},
        {"event": "start_training", "record": about.model_dump_json(), "settings": {"threads": 2}, "synthetic": True},
        {"event": "log_metrics", "values": {"loss": 0.5}, "step": 1},
        {"event": "log_metrics", "values": {"images_per_second": 456.789}},
        {"event": "finish_training", "data_sha256": data, "model": model.to_json()},
        {"event": "end", "seconds": {"train_seconds": 12.0}},
    ):
        left.write(event | {"now": 1e9})
    left.close()
    leaderboard = (repository / "reports/leaderboard.csv").rename(repository / "later.csv")
    assert cli.main(["track"]) == 2, "there is no report yet"
    assert "r: completed in MLflow, from what its stage kept for it" in capfd.readouterr().out
    leaderboard.rename(repository / "reports/leaderboard.csv")
    assert backfill.add_missing_runs(repository / "reports").outcomes == {"r": "completed", "s": "made"}
    run = by_name(tracked()[1])["r"]
    assert (run.info.status, run.data.tags["cnnbench.origin"]) == ("FINISHED", "training")
    assert run.data.metrics["test/accuracy"] == 0.75
    assert len(tracked()[0].get_metric_history(run.info.run_id, "train/loss")) == 2, "the second is the row's"
    assert costs_of(repository)["r"]["train_seconds"] == 12.0
    assert backfill.add_missing_runs(repository / "reports").outcomes == {"r": "known", "s": "known"}
    assert len(tracked()[1]) == 2
