"""`cnnbench results`."""

import pytest
from report_folder import LEADERBOARD, RUN, write_newer_result

from cnnbench import cli


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


def test_results_names_the_runs_that_the_report_is_older_than(folder, capsys):
    assert cli.main(["results"]) == 0
    assert "older" not in capsys.readouterr().out
    write_newer_result(folder)
    write_newer_result(folder, "mnist-vgg16")
    assert cli.main(["results"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert f"older than the results of {RUN}, mnist-vgg16: `dvc repro report` makes it again." in text
