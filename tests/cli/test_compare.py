"""The command `cnnbench compare`."""

import json
import re

import pytest
from repeated import guesses, predictions, write_run

from cnnbench import cli


@pytest.fixture
def reports(tmp_path):
    """Two networks far apart, a third like the second, with a repeat, and one on synthetic data."""
    runs = tmp_path / "runs"
    for name, seed, gain in (("good", 0, 2.0), ("fair", 1, 0.5), ("same", 2, 0.5)):
        write_run(runs, name, predictions(*guesses(seed, gain)), architecture=name)
    write_run(runs, "same-s1-f0", predictions(*guesses(3, 0.5)), architecture="same", seed=1)
    write_run(runs, "made-up", predictions(*guesses(4, 1.0)), synthetic=True, source="phantom")
    write_run(runs, "made-up-too", predictions(*guesses(5, 1.0)), synthetic=True, source="phantom", architecture="b")
    for run in runs.iterdir():
        record = json.loads((run / "run.json").read_text())
        (run / "run.json").write_text(json.dumps(record | {"examples": dict.fromkeys(("train", "val", "test"), 200)}))
        (run / "metrics.json").write_text('{"accuracy": {"value": 0.9, "low": 0.8, "high": 0.95}}')
    return tmp_path


def run(reports, *names):
    return cli.main(["compare", *names, "--reports", str(reports)])


def test_differences_are_said_plainly(reports, capsys):
    assert run(reports, "good", "fair", "same-s1-f0") == 0
    out = capsys.readouterr().out
    assert "moons, grouped 8:1:1, packaged: 200 test examples" in out
    assert "SYNTHETIC" not in out
    for heading in ("fair minus good", "fair minus same", "good minus same"):
        assert heading in out
    rows = [line for line in out.splitlines() if line.startswith("accuracy")]
    assert [line.split("  ")[-1].strip() or line for line in map(str.rstrip, rows)] == [
        "good is better", "cannot be told apart", "good is better",
    ]  # fmt: skip
    assert "McNemar (mid-p)" in out
    table = out[out.index("By accuracy") :]
    best = next(line for line in table.splitlines() if line.startswith(("good", "fair", "same")))
    assert best.split() == ["good", "1", "1", "to", "1", "a"]


def test_synthetic_data_are_marked(reports, capsys):
    assert run(reports, "made-up", "made-up-too") == 0
    assert "SYNTHETIC" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["good", "made-up"], "received made-up on synthetic images and good on real data"),
        (["good"], "Expected at least two runs that differ in more than seed and fold, received good alone"),
        (["same", "same-s1-f0"], "received repeats of same alone"),
        (["good", "absent"], "Expected a run among fair, good, made-up, .*, received 'absent'"),
    ],
)
def test_what_makes_no_sense_is_an_error_that_says_why(reports, capsys, names, message):
    assert run(reports, *names) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert re.fullmatch(f"error: .*{message}.*\n", err)


def test_no_runs_is_an_error(tmp_path, capsys):
    assert run(tmp_path, "a", "b") == 2
    assert "Expected a folder per run under" in capsys.readouterr().err
