"""`cnnbench results`."""

import shutil

import pytest
from report_folder import LEADERBOARD, RUN, write_model, write_newer_result

from cnnbench import cli
from cnnbench.results import current


def test_results_are_a_plain_table(folder, capsys):
    assert cli.main(["results"]) == 0
    out = capsys.readouterr().out
    rows = {line.split()[0]: line for line in out.splitlines() if line.strip()}
    chest, houses = rows["chest_xray-chest_cnn"].split(), rows["boston_housing-conv1d"].split()
    assert chest[1:7] == ["SYNTHETIC", "accuracy", "0.900", "[0.830,", "0.950]", "0.960"]
    assert chest[7:] == ["60", "1", "[1,", "2]", "ab"]
    assert houses[1:] == ["real", "RMSE", "3.800", "[2.900,", "5.100]", "(1000", "USD)", "–", "51", "-", "-"]
    assert rows[RUN].split()[-2:] == ["-", "-"], "nothing to be ranked with"
    assert "1,500" in rows[RUN]
    assert "SYNTHETIC" not in rows[RUN]
    assert "reports/index.html" in out
    assert "reports/report.md" in out
    assert "mlflow ui" in out
    assert max(map(len, out.splitlines())) <= 110
    assert "\x1b" not in out


@pytest.mark.parametrize(
    "content",
    [
        None,
        "",
        "run,task\na,classification\n",
        LEADERBOARD[:-40],
        LEADERBOARD.replace("0.960000", "x"),
        LEADERBOARD.split("boston")[0],
        "\xff",
    ],
)
def test_results_cannot_read(folder, capsys, content):
    path = folder / "reports/leaderboard.csv"
    path.unlink() if content is None else path.write_bytes(content.encode("latin-1"))
    assert cli.main(["results"]) == 2
    out, err = capsys.readouterr()
    assert err.startswith("error: Expected ")
    assert "reports/leaderboard.csv" in err
    assert err.count("\n") == 1
    assert out == ""


def rows(capsys):
    assert cli.main(["results"]) == 0
    out = capsys.readouterr().out
    return out, " ".join(out.split())


def test_results_shows_what_is_newer_than_the_report_and_says_so(folder, capsys):
    assert "newer" not in rows(capsys)[0]
    write_newer_result(folder)
    write_newer_result(folder, "chest_xray-vgg16", (0.3, 0.2, 0.45))
    text = rows(capsys)[1]
    assert "accuracy 0.970 [0.950, 0.980]" in text
    assert "0.960 [0.940" not in text
    assert "accuracy 0.300 [0.200, 0.450]" in text, "a run that the report does not know"
    assert "1 [1, 2]" not in text, "nor is a rank shown that a newer run may have taken"
    assert f"Newer than the report: chest_xray-vgg16, {RUN}; `dvc repro report` ranks it." in text
    badges = {one.run: one.badges for one in current.read(folder / "reports") if one.badges}
    assert badges == {RUN: "n = 10, newer than the report",
                      "chest_xray-vgg16": "not above chance, n = 10, newer than the report"}  # fmt: skip


def test_results_marks_a_run_that_was_trained_anew(folder, capsys):
    results = write_newer_result(folder, accuracy=(0.96, 0.94, 0.975))
    write_model(folder, results)
    assert "older" not in rows(capsys)[0]
    shutil.rmtree(folder / "models")
    write_model(folder, results, seed=1)
    text = rows(capsys)[1]
    assert [one.run for one in current.read(folder / "reports") if "older than its training" in one.badges] == [RUN]
    assert f"Older than its training: {RUN}; `dvc repro evaluate` measures it." in text
