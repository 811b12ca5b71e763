"""`cnnbench results`: which lines, in which order, in which format."""

import csv
import io
import json

import pytest
from report_folder import LEADERBOARD, RUN, write_newer_result

from cnnbench import cli

HOUSES, CHEST = "boston_housing-conv1d", "chest_xray-chest_cnn"


def shown(capsys, *words):
    """The runs that `cnnbench results` prints, in order."""
    assert cli.main(["results", *words, "--format", "json"]) == 0
    return [line["run"] for line in json.loads(capsys.readouterr().out)]


@pytest.mark.parametrize(
    ("words", "runs"),
    [
        ([RUN], [RUN]),
        (["mnist"], [RUN]),
        (["*_cnn"], [CHEST, RUN]),
        ([RUN, "boston*", RUN], [HOUSES, RUN]),
        (["--dataset", "mnist", "chest*"], [CHEST, RUN]),
        (["--architecture", "*cnn", "--dataset", "mnist"], [RUN]),
        (["--sort", "accuracy"], [RUN, CHEST, HOUSES]),
        (["--sort", "accuracy_low", "--reverse"], [CHEST, RUN, HOUSES]),
        (["--sort", "n_test"], [HOUSES, CHEST, RUN]),
        (["--sort", "n_test", "--reverse"], [RUN, CHEST, HOUSES]),
        (["--sort", "run", "--reverse"], [RUN, CHEST, HOUSES]),
        (["--sort", "rmse"], [HOUSES, CHEST, RUN]),
        (["--sort", "dataset", "--dataset", "mnist", "boston_housing"], [HOUSES, RUN]),
    ],
)
def test_lines_are_chosen_and_sorted(folder, capsys, words, runs):
    assert shown(capsys, *words) == runs


def test_of_a_metric_the_best_is_first(folder, capsys):
    path = folder / "reports/leaderboard.csv"
    path.write_text(
        path.read_text().replace("accuracy,accuracy_low,accuracy_high", "log_loss,log_loss_low,log_loss_high")
    )
    assert shown(capsys, "--sort", "log_loss") == [CHEST, RUN, HOUSES]


def test_csv_has_the_columns_of_leaderboard_csv(folder, capsys):
    assert cli.main(["results", "--format", "csv", "--dataset", "mnist"]) == 0
    out, err = capsys.readouterr()
    (row,) = csv.DictReader(io.StringIO(out))
    (expected,) = (row for row in csv.DictReader(io.StringIO(LEADERBOARD)) if row["run"] == RUN)
    assert {name: row[name] for name in expected} == expected
    assert err == ""


def test_json_has_numbers_and_intervals(folder, capsys):
    assert cli.main(["results", "--format", "json"]) == 0
    lines = {line["run"]: line for line in json.loads(capsys.readouterr().out)}
    assert lines[RUN]["metrics"]["accuracy"] == {"value": 0.96, "low": 0.94, "high": 0.975}
    assert lines[RUN]["n_test"] == 1500
    assert lines[RUN]["synthetic"] is False
    assert lines[HOUSES]["trained_parameters"] is None


def test_markdown_is_the_table_of_the_report(folder, capsys):
    assert cli.main(["results", "--format", "markdown", RUN]) == 0
    heading, rule, row = capsys.readouterr().out.splitlines()
    assert heading.startswith("| run | data, split | rank, ties | headline metric [95 % interval] |")
    assert set(rule) <= set("| -:")
    assert "accuracy 0.960 \\[0.940, 0.975\\]" in row


@pytest.mark.parametrize("form", ["csv", "json", "markdown"])
def test_an_old_report_is_said_beside_what_programs_read(folder, capsys, form):
    write_newer_result(folder)
    assert cli.main(["results", "--format", form]) == 0
    out, err = capsys.readouterr()
    assert err == f"warning: Newer than the report: {RUN}; `dvc repro report` ranks it.\n"
    assert "older" not in out


def test_runs_takes_data_sets_and_patterns(copy, capsys):
    for words, runs in ((["cifar10"], 2), (["*vgg16"], 1), (["mnist", "brain_*"], 3)):
        assert cli.main(["runs", *words, "--params", str(copy)]) == 0
        assert f"{runs} run" in capsys.readouterr().out
    assert cli.main(["runs", "brain_tumor", "--seeds", "1", "--params", str(copy)]) == 0
    out = capsys.readouterr().out
    assert "brain_tumor-vgg16-s1-f0" in out
    assert "brain_tumor-plain_cnn-s1-f0" in out
