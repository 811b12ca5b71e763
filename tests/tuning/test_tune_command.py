"""`cnnbench tune` on a few digits and houses: what it trains, writes and refuses."""

import csv
from pathlib import Path

import pytest
from filelock import FileLock

from cnnbench import config
from cnnbench.tuning import trial

DIGITS, HOUSES = "mnist-mnist_cnn", "boston_housing-conv1d"


def rows(name):
    with Path(f"tuning/{name}.csv").open() as file:
        return list(csv.DictReader(file))


def give_up(monkeypatch, after, error=KeyboardInterrupt):
    """Ends the process, as far as it can be told, in so many trials and one epoch."""
    train, begun = trial.train, []

    def interrupted(*arguments):
        begun.append(arguments)
        *rest, on_epoch = arguments

        def observe(row):
            if len(begun) > after:
                raise error
            on_epoch(row)

        return train(*rest, observe)

    monkeypatch.setattr(trial, "train", interrupted)
    return begun


def test_the_best_trial_becomes_the_tuned_recipe_and_all_other_lines_stay(tune, tracked, repository):
    before = Path("params.yaml").read_text()
    out = tune(HOUSES, "--trials", "4")
    table = rows(HOUSES)
    assert [row["trial"] for row in table] == ["0", "1", "2", "3"]
    (chosen,) = (row for row in table if row["chosen"])
    assert float(chosen["val_loss"]) == min(float(row["val_loss"]) for row in table if row["val_loss"])
    assert chosen["trial"] != "0", "the test shows nothing"
    run = config.load(Path("params.yaml")).runs[HOUSES]
    assert f"{run.tuned.lr:g}" == chosen["lr"]
    lines = Path("params.yaml").read_text().splitlines()
    added = lines[(at := lines.index("    tuned:", lines.index(f"  {HOUSES}:"))) : lines.index("    trials: 4") + 1]
    assert added[1] == f"      lr: {chosen['lr']}"
    assert [*lines[:at], *lines[at + len(added) :]] == before.splitlines()
    assert "trial 3: lr" in out
    assert f"dvc exp run -S recipe=tuned evaluate@{HOUSES}" in out
    assert [found.number for found in tracked.trials] == [0, 1, 2, 3]
    assert len({found.study for found in tracked.trials}) == 1
    assert tracked.trials[0].plan.recipe.lr == run.recipe.lr
    assert {found.end[0] for found in tracked.trials} <= {"complete", "pruned"}


def test_a_search_that_was_killed_ends_in_the_bytes_of_an_undisturbed_one(tune, repository, monkeypatch):
    tune(HOUSES, "--trials", "3", "--replace")
    undisturbed = Path(f"tuning/{HOUSES}.csv").read_bytes(), Path("params.yaml").read_bytes()
    (repository / ".cnnbench/tune").rename(repository / ".cnnbench/other")
    with monkeypatch.context() as patch:
        begun = give_up(patch, 1)
        with pytest.raises(KeyboardInterrupt):
            tune(HOUSES, "--trials", "3", "--replace")
        assert len(begun) == 2
    out = tune(HOUSES, "--trials", "3", "--replace")
    assert out.partition("Goes on after 1 of 3 trials.")[2].count("\ntrial ") == 2
    assert (Path(f"tuning/{HOUSES}.csv").read_bytes(), Path("params.yaml").read_bytes()) == undisturbed


def test_more_trials_go_on_where_an_earlier_choice_may_be_replaced(tune, tracked):
    tune(HOUSES, "--trials", "2")
    first = rows(HOUSES)
    error = tune(HOUSES, "--trials", "3", code=2)
    assert error.startswith(
        "error: Expected a run without tuned: in params.yaml, received boston_housing-conv1d, which"
    )
    tune(HOUSES, "--trials", "3", "--replace")
    assert [found.number for found in tracked.trials] == [0, 1, 2]
    assert [{**row, "chosen": ""} for row in rows(HOUSES)[:2]] == [{**row, "chosen": ""} for row in first]


def test_no_file_of_the_test_part_is_read(tune, repository):
    (shard,) = (repository / "data/records/boston_housing").glob("fold-0-*")
    shard.unlink()
    tune(HOUSES, "--trials", "1", "--replace")
    assert rows(HOUSES)[0]["state"] == "complete"


def test_a_loss_that_is_no_longer_finite_is_a_trial_that_lost(tune, repository, monkeypatch):
    train = trial.trainer.train

    def diverging(run, *arguments):
        if run.recipe.lr != 1e-5:
            raise trial.trainer.DivergedError("nan")
        return train(run, *arguments)

    monkeypatch.setattr(trial.trainer, "train", diverging)
    out = tune(HOUSES, "--trials", "2", "--replace")
    assert "diverged after 0 epochs" in out
    assert "No trial was better than the recipe itself: params.yaml stays as it is." in out
    assert [(row["state"], row["chosen"]) for row in rows(HOUSES)] == [("complete", "yes"), ("diverged", "")]


def test_classes_have_a_log_loss_and_an_accuracy(tune, tracked):
    tune(DIGITS, "--trials", "1")
    (row,) = rows(DIGITS)
    assert list(row) == ["trial", "lr", "state", "epochs", "best_epoch", "val_loss", "val_accuracy", "chosen"]
    assert row["epochs"] == row["best_epoch"] == "3"
    assert 0.2 < float(row["val_accuracy"]) <= 1
    assert tracked.trials[0].end == ("complete", {"val_log_loss": pytest.approx(float(row["val_loss"]), rel=1e-5)})
    assert tracked.trials[0].epochs == [1, 2, 3]


def test_a_spent_budget_starts_no_trial_and_writes_nothing(tune, repository):
    before = Path("params.yaml").read_bytes()
    out = tune(DIGITS, "--trials", "3", "--budget", "1e-8")
    assert "0 of 3 trials are done after 1e-08 minutes, nothing is written yet: the same command goes on" in out
    assert Path("params.yaml").read_bytes() == before
    assert not Path("tuning").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nothing",), "Expected a run among "),
        (("skin_cancer-skin_cnn",), "run `dvc repro cache@skin_cancer`"),
    ],
)
def test_refuses_in_one_line_before_it_trains(tune, tracked, arguments, message):
    error = tune(*arguments, code=2)
    assert message in error
    assert error.count("\n") == 1
    assert not tracked.trials


@pytest.mark.parametrize(
    ("stated", "message"),
    [
        ("{augmentation: null, lr: null}", "Expected a knob to search in mnist-mnist_cnn, received none"),
        (
            "{weight_decay: [1.0e-4, 1.0e-2]}",
            "Expected no weight_decay in runs.mnist-mnist_cnn.search, since optimizer",
        ),
        ("{freeze: [all, none]}", "Expected no freeze in runs.mnist-mnist_cnn.search, since the run starts from no"),
        ("{lr: [1.0, 0.1]}", "a range [lowest, highest] as lr"),
        ("{lr: 0.1}", "list"),
        ("{rate: [0.1, 1.0]}", "rate"),
    ],
)
def test_refuses_a_search_that_cannot_be(tune, tracked, stated, message):
    path = Path("params.yaml")
    path.write_text(path.read_text().replace("search: {augmentation: null}", f"search: {stated}"))
    error = tune(DIGITS, "--trials", "1", code=2)
    assert message in error
    assert not tracked.trials


@pytest.mark.parametrize("arguments", [("--trials", "0"), ("--trials", "x"), ("--budget", "nan"), ("--seed", "-1")])
def test_refuses_numbers_that_are_none(tune, capsys, arguments):
    with pytest.raises(SystemExit, match="2"):
        tune(DIGITS, *arguments)
    assert f"received '{arguments[1]}'" in capsys.readouterr().err


def test_two_searches_at_once_are_refused(tune, repository):
    tune(HOUSES, "--trials", "1", "--replace")
    (database,) = Path(".cnnbench/tune").rglob("*.db")
    with FileLock(database.with_suffix(".lock")):
        assert "received another at work" in tune(HOUSES, "--trials", "2", "--replace", code=2)


def test_a_damaged_file_of_trials_is_refused_in_one_line_and_stays(tune, repository, tracked):
    tune(HOUSES, "--trials", "1", "--replace")
    (database,) = Path(".cnnbench/tune").rglob("*.db")
    whole = database.read_bytes()
    for damaged in (b"no database", whole[:5000], whole.replace(b'"number"', b'"humber"')):
        database.write_bytes(damaged)
        error = tune(HOUSES, "--trials", "2", "--replace", code=2)
        assert f"error: Expected {database.absolute()} with the trials of this search, received " in error
        assert error.endswith(": remove it, and the search starts over.\n")
        assert error.count("\n") == 1
        assert database.read_bytes() == damaged
    assert len(tracked.trials) == 1


def test_a_trial_that_the_disk_does_not_take_is_told_in_one_line(tune, repository, monkeypatch):
    import optuna

    def refuse(*_, **__):
        raise optuna.exceptions.StorageInternalError("database or disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(optuna.storages.RDBStorage, "_create_new_trial", refuse)
        error = tune(HOUSES, "--trials", "1", "--replace", code=2)
    assert "received database or disk is full: free some space, or look after the disk; the same command" in error
    assert "trial 0: lr" in tune(HOUSES, "--trials", "1", "--replace")
