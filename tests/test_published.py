"""The measurement of published figures, on one epoch of Boston housing."""

import json
from pathlib import Path

import pandas as pd
import pytest

from cnnbench import config

ROOT = Path(__file__).parents[1]


@pytest.fixture
def published(monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    import published
    import published_tables

    monkeypatch.setattr(published, "WORK", tmp_path / "work")
    monkeypatch.setattr(published, "KEPT", tmp_path / "out" / "published" / "runs")
    monkeypatch.setattr(published_tables, "OUT", tmp_path / "out" / "published")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/mlflow.db")
    return published


def test_every_training_is_one_that_params_yaml_allows(published):
    known = config.Params.model_validate(published.everything())
    jobs = list(published.jobs())
    assert len({(job.folder, job.name) for job in jobs}) == len(jobs)
    for job in {(job.plan.run, job.protocol, job.variant): job for job in jobs}.values():
        derived = config.Params.model_validate(published.knobs(job))
        recipe = derived.run(job.name).recipe
        run = known.runs[job.plan.run]
        start = run.tuned if job.variant == "tuned" else run.recipe
        changes = {
            knob: value
            for knob, value in job.plan.variants[job.variant].items()
            if knob not in ("features", "weights")  # beside the recipe
        }
        assert recipe == config.Recipe.model_validate(start.model_dump() | changes)
        assert derived.data(run.dataset).split.protocol == job.protocol


def test_what_is_measured_is_tabled_and_not_measured_again(published, monkeypatch, capsys):
    plan = published.Plan(
        "boston_housing-conv1d",
        ("grouped",),
        seeds=2,
        variants={"published": {"epochs": 1}, "published, no augmentation": {"epochs": 2}},
        jobs=2,
    )
    monkeypatch.setattr(published, "PLANS", (plan,))
    monkeypatch.setattr("sys.argv", ["published.py"])
    assert published.main() == 0
    out = published.WORK.parent / "out" / "published"
    first = {path: path.read_bytes() for path in out.iterdir() if path.is_file()}
    runs = pd.read_csv(out / "runs.csv")
    assert runs["epochs"].tolist() == [1, 1, 2, 2]
    summary = pd.read_csv(out / "summary.csv")
    of_seeds = summary[~summary["recipe"].str.contains("ensemble")]
    assert of_seeds["value"].tolist() == pytest.approx(runs.groupby("recipe")["rmse"].mean().tolist(), rel=1e-5)
    assert summary[["seeds", "folds", "n_test"]].to_numpy().tolist() == [[2, 1, 50]] * 4
    assert (summary["low"] < summary["value"]).all()
    differences = pd.read_csv(out / "differences.csv").set_index(["question", "recipe"])
    of_ensembles = "ensemble minus the mean of its seeds"
    assert differences.index.tolist() == [
        (of_ensembles, "published, ensemble of seeds"),
        (of_ensembles, "published, no augmentation, ensemble of seeds"),
        ("without minus with augmentation", "published, no augmentation"),
    ]
    members = [pd.read_parquet(job.result.parent / "predictions.parquet") for job in list(published.jobs())[::2]]
    mean = sum(member["prediction"].astype("float64") for member in members) / 2
    together = summary.set_index("recipe").loc["published, ensemble of seeds", "value"]
    assert together == pytest.approx(((mean - members[0]["label"]) ** 2).mean() ** 0.5, rel=1e-5)
    gain = differences.loc[(of_ensembles, "published, ensemble of seeds"), "value"]
    assert gain == pytest.approx(together - of_seeds["value"].iloc[0], abs=1e-4)
    tables = (out / "tables.md").read_text()
    assert "| boston_housing | grouped | – | – | – | – |" in tables
    assert "RMSE" in (out / "tables.md").read_text()
    assert set(json.loads((out / "leakage.json").read_text())) == {"boston_housing-grouped"}

    one = next(published.jobs()).result
    before_a_new_knob = json.loads(one.read_text())
    del before_a_new_knob["key"]["recipe"]["sensitivity"]
    one.write_text(json.dumps(before_a_new_knob))
    monkeypatch.setattr(published, "measure", lambda job: pytest.fail(f"measured {job.name} again"))
    assert published.main() == 0
    assert {path: path.read_bytes() for path in out.iterdir() if path.is_file()} == first
    assert "4 trainings, 4 lines" in capsys.readouterr().out

    of_another_recipe = before_a_new_knob | {"key": before_a_new_knob["key"] | {"seed": 9}}
    one.write_text(json.dumps(of_another_recipe))
    monkeypatch.setattr("sys.argv", ["published.py", "--tables"])
    assert published.main() == 0
    assert "3 trainings" in capsys.readouterr().out


def test_differences_of_shares_are_points(published):
    import published_markdown

    asked = {"question": "VGG16 minus plain CNN", "run": "vgg16", "protocol": "official", "recipe": "published"}
    table = published_markdown.differences_table(
        pd.DataFrame(
            [
                asked | {"metric": "accuracy", "value": 0.023, "low": 0.003, "high": 0.046},
                asked | {"metric": "roc_auc", "value": 0.01, "low": -0.002, "high": 0.02},
            ]
        )
    )
    assert "| **accuracy +2.3 points [+0.3, +4.6]**<br>ROC AUC +0.010 [-0.002, +0.020] |" in table


def test_a_stage_that_fails_is_one_line(published, monkeypatch, capsys):
    plan = published.Plan("cifar10-cifar_cnn", ("official",), data={"source": "archive"})
    monkeypatch.setattr(published, "PLANS", (plan,))
    monkeypatch.setattr("sys.argv", ["published.py"])
    monkeypatch.delenv("CNNBENCH_ARCHIVES", raising=False)
    assert published.main() == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "Expected cifar-10-binary.tar.gz in the folder" in said
