"""run.json: written, read, checked."""

import json

import pytest
from run_record import record, run_json

from cnnbench.core.errors import UserError
from cnnbench.runs.record import DATA_FACTS, IDENTITY, OUTCOMES, Plan, RunRecord, TrainingRecord


def write(folder, **facts):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "run.json").write_text(json.dumps(run_json(**{"run": folder.name} | facts)))
    return folder


def test_what_is_written_is_what_is_read(tmp_path):
    made = record("net", threshold=0.25)
    made.write(tmp_path / "net")
    assert RunRecord.read(tmp_path / "net") == made
    stored = json.loads((tmp_path / "net/run.json").read_text())
    assert stored == stored | run_json("net", threshold=0.25)
    assert set(stored) == {*RunRecord.model_fields, "positive"} - {"start", "trained_parameters"}
    assert stored["positive"] == "yes"


def test_what_does_not_apply_is_left_out(tmp_path):
    assert record(classes=["a", "b", "c"]).positive == record(classes=[]).positive == ""
    record("net", classes=[]).write(tmp_path / "net")
    assert not {"threshold", "temperature"} & set(json.loads((tmp_path / "net/run.json").read_text()))


def test_a_key_that_is_not_known_is_no_error(tmp_path):
    assert RunRecord.read(write(tmp_path / "net", final_val_loss=0.5)) == record("net")


def test_a_training_has_no_evaluation_yet(tmp_path):
    facts = {name: value for name, value in run_json("net").items() if name in TrainingRecord.model_fields}
    (tmp_path / "net").mkdir()
    (tmp_path / "net/run.json").write_text(json.dumps(facts))
    assert TrainingRecord.read(tmp_path / "net").parameters == 1234
    with pytest.raises(UserError, match=r"Expected a key source in .*run\.json, received none .*evaluate@net`\.$"):
        RunRecord.read(tmp_path / "net")


@pytest.mark.parametrize(("kind", "stage"), [(TrainingRecord, "train"), (RunRecord, "evaluate")])
def test_what_is_missing_damaged_or_of_another_run_names_the_stage_to_run(tmp_path, kind, stage):
    again = f"run `dvc repro {stage}@net`"
    with pytest.raises(UserError, match=f"Expected the file .*net/run.json, received none: {again}.$"):
        kind.read(tmp_path / "net")
    (tmp_path / ".dvc").mkdir()
    (tmp_path / ".dvc/config").write_text("[core]\n    remote = storage\n")
    with pytest.raises(UserError, match=f"{again}, or `dvc pull` what was trained"):
        kind.read(tmp_path / "net")
    for facts, message in (
        ({"seed": "0"}, "Expected seed in .*net/run.json to be an integer, received '0'"),
        ({"task": "detection"}, "Expected task in .* to be 'classification' or 'regression', received 'detection'"),
        ({"recipe": {"lr": 0}}, "Expected recipe.lr in .* to be greater than 0, received 0"),
        ({"run": "other"}, "Expected the run net in .*, received other"),
    ):
        write(tmp_path / "net", **facts)
        with pytest.raises(UserError, match=f"^{message}: {again}.$"):
            kind.read(tmp_path / "net")
    (tmp_path / "net/run.json").write_bytes(b"\xff")
    with pytest.raises(UserError, match=f"Expected JSON in .*net/run.json, received .*: {again}.$"):
        kind.read(tmp_path / "net")


def test_the_threshold_decides_only_where_the_recipe_asks_for_it():
    assert record(threshold=0.25).operating_point is None
    assert record(threshold=0.25, recipe={"sensitivity": 0.9}).operating_point == 0.25


def test_an_earlier_record_started_from_no_weights(tmp_path):
    read = RunRecord.read(write(tmp_path / "net"))
    assert (read.weights, read.start, read.trials, read.trained_parameters) == ("none", None, 0, None)


def test_the_start_is_read_as_written_and_identifies_a_training(tmp_path):
    start = {"trained_on": "ImageNet-1k", "licence": "Apache-2.0", "origin": "a package", "sha256": "0" * 64}
    made = record("net", weights="lite", start=start, trained_parameters=12, trials=3)
    made.write(tmp_path / "net")
    assert RunRecord.read(tmp_path / "net") == made
    assert made.start.trained_on == "ImageNet-1k"
    assert made.identity != record("net").identity


def test_what_identifies_a_training_is_known_before_it_ends_and_differs_by_neither_seed_nor_fold():
    assert record(seed=1, fold=2, temperature=3.0, epochs_trained=9, flops=1).identity == record("other").identity
    assert not {"run", "seed", "fold", "epochs_trained", "best_epoch", "threshold", "temperature"} & set(IDENTITY)


def test_sets_of_fields_follow_the_model():
    assert {"parameters", "trained_parameters", "epochs_trained", "best_epoch", "flops"} == OUTCOMES
    assert {
        "source",
        "synthetic",
        "origin",
        "title",
        "unit",
        "citation",
        "licence",
        "notes",
        "data_sha256",
    } == DATA_FACTS
    assert not (OUTCOMES | DATA_FACTS) & set(Plan.model_fields)
