import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from ruamel.yaml import YAML

from cnnbench import cli
from cnnbench.data import leakage

PARAMS = Path(__file__).parents[2] / "params.yaml"
RUN = "mnist-mnist_cnn"
LEADERBOARD = """\
run,dataset,architecture,task,protocol,profile,source,synthetic,seed,fold,n_train,n_val,n_test,parameters,flops,unit,\
accuracy,accuracy_low,accuracy_high,roc_auc,roc_auc_low,roc_auc_high,rmse,rmse_low,rmse_high,\
rank,rank_low,rank_high,tie_group
boston_housing-conv1d,boston_housing,conv1d,regression,row-level 8:1:1,quick,packaged,false,0,0,405,50,51,24833,49153,\
1000 USD,,,,,,,3.800000,2.900000,5.100000,1,1,1,a
chest_xray-chest_cnn,chest_xray,chest_cnn,classification,grouped 8:1:1,quick,phantom,true,0,0,480,60,60,913729,6,,\
0.900000,0.830000,0.950000,0.960000,,,,,,1,1,2,ab
mnist-mnist_cnn,mnist,mnist_cnn,classification,image-level 8:1:1,quick,packaged,false,0,0,4000,500,1500,225034,7,,\
0.960000,0.940000,0.975000,,,,,,,1,1,1,a
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A repository root: the true params.yaml with one threshold, and a report."""
    monkeypatch.chdir(tmp_path)
    thresholds(tmp_path, {RUN: {"accuracy": {"min": 0.9}}})
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports/leaderboard.csv").write_text(LEADERBOARD)
    measures = {RUN: {"accuracy": {"value": 0.96, "low": 0.94, "high": 0.975}}}
    (tmp_path / "reports/metrics.json").write_text(json.dumps(measures))
    audits(tmp_path, mnist="pq", chest_xray="pq")
    return tmp_path


def audits(folder, **groups):
    """Writes the audit of each data set: of one split by image whose examples in train and test have these groups."""
    split = pd.DataFrame({"id": ["a", "b"], "sha256": ["a", "b"], "label": 0.0, "split": ["train", "test"]})
    split = split.assign(part="", near="", dropped="", protocol="image-level")
    found = {
        name: leakage.audit(split.assign(group=list(pair)), "report").model_dump() for name, pair in groups.items()
    }
    (folder / "reports/leakage.json").write_text(json.dumps(found))


def thresholds(folder, bounds):
    yaml = YAML()
    params = yaml.load(PARAMS)
    params["thresholds"] = bounds
    yaml.dump(params, folder / "params.yaml")


@pytest.mark.parametrize("command", ["check", "results", "runs"])
def test_what_only_reads_a_report_imports_no_pandas(folder, command):
    script = "import sys; from cnnbench import cli; cli.main(sys.argv[1:]); sys.exit('pandas' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script, command], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_check_passes(folder, capsys):
    assert cli.main(["check"]) == 0
    out, err = capsys.readouterr()
    assert "1 of 1 threshold met, none of 2 splits leaks" in out
    for cell in (RUN, "accuracy", "0.9600", "≥ 0.9", "+0.0600", "met"):
        assert cell in out
    assert err == ""


def test_check_fails_where_a_bound_is_missed(folder, capsys):
    thresholds(folder, {RUN: {"accuracy": {"min": 0.99}}})
    assert cli.main(["check"]) == 1
    assert "-0.0300" in capsys.readouterr().out


@pytest.mark.parametrize("content", [None, "{", "[]", '{"mnist": {}}'])
def test_check_without_audits_is_no_check(folder, capsys, content):
    path = folder / "reports/leakage.json"
    path.unlink() if content is None else path.write_text(content)
    assert cli.main(["check"]) == 2
    assert re.match(r"error: Expected .*reports/leakage\.json.*, received[^\n]*\n$", capsys.readouterr().err)


def test_check_fails_where_a_metric_is_unknown_and_names_what_may_be_meant(folder, capsys):
    thresholds(folder, {RUN: {"acuracy": {"min": 0.9}}})
    assert cli.main(["check"]) == 1
    out = " ".join(capsys.readouterr().out.split())
    assert "Expected a metric that docs/leaderboard.md lists, received 'acuracy': did you mean accuracy" in out


def test_check_fails_where_a_split_leaks_and_says_which(folder, capsys):
    audits(folder, mnist="pq", chest_xray="pp")
    assert cli.main(["check"]) == 1
    out, err = capsys.readouterr()
    said = " ".join(out.split())
    assert "chest_xray: LEAKS: 1 group (2 examples) in more than one of train, val and test" in said
    assert "as image-level splits do by design" in said
    assert "1 of 1 threshold met, 1 of 2 splits leaks" in said
    assert "mnist:" not in out
    assert err == ""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["check", "--params", "absent.yaml"], "absent.yaml"),
        (["check", "--metrics", "absent.json"], "Expected the file absent.json, received none"),
        (["check", "--metrics", "params.yaml"], "Expected valid JSON in params.yaml, received"),
    ],
)
def test_check_cannot_read(folder, capsys, arguments, message):
    assert cli.main(arguments) == 2
    out, err = capsys.readouterr()
    assert message in err
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    assert out == ""


def test_check_without_thresholds_checks_nothing_and_says_so(folder, capsys):
    thresholds(folder, {})
    assert cli.main(["check"]) == 2
    assert "Expected at least one threshold in params.yaml, received none" in capsys.readouterr().err


EARLIER = {"accuracy": {"value": 0.98, "low": 0.97, "high": 0.985}}


@pytest.mark.parametrize(
    ("now", "code", "said"),
    [
        ({"value": 0.96, "low": 0.95, "high": 0.97}, 1, "1 of 1 figure worse since old.json"),
        ({"value": 0.97, "low": 0.95, "high": 0.98}, 0, "none of 1 figure worse since old.json"),
    ],
)
def test_check_against_a_file_finds_what_got_worse(folder, capsys, now, code, said):
    (folder / "old.json").write_text(json.dumps({RUN: EARLIER, "gone-run": EARLIER}))
    (folder / "reports/metrics.json").write_text(json.dumps({RUN: {"accuracy": now}}))
    assert cli.main(["check", "--against", "old.json"]) == code
    out, err = capsys.readouterr()
    assert f"1 of 1 threshold met, none of 2 splits leaks, {said}" in out
    assert "gone-run: gone since old.json." in out
    assert ("worse" if code else "cannot be told apart") in out
    assert max(map(len, out.splitlines())) <= 120
    assert err == ""


def test_check_against_a_file_needs_no_threshold(folder, capsys):
    thresholds(folder, {})
    shutil.copy(folder / "reports/metrics.json", folder / "old.json")
    assert cli.main(["check", "--against", "old.json"]) == 0
    assert "no thresholds set, none of 2 splits leaks, none of 1 figure worse" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "Expected a git revision or a metrics.json after --against, received 'old.json'"),
        ("[]", "Expected the content in old.json to be an object, received []"),
        ("{}", "Expected results that can be compared with old.json, received none: they have no run in common."),
    ],
)
def test_check_against_what_cannot_be_compared(folder, capsys, content, message):
    if content is not None:
        (folder / "old.json").write_text(content)
    assert cli.main(["check", "--against", "old.json", "--junit", "out.xml"]) == 2
    out, err = capsys.readouterr()
    assert err.startswith("error: Expected ")
    assert message in err
    assert err.count("\n") == 1
    assert out == ""
    assert not (folder / "out.xml").exists()


def test_check_says_it_in_markdown_and_writes_junit(folder, capsys):
    thresholds(folder, {RUN: {"accuracy": {"min": 0.95, "of": "low"}}})
    assert cli.main(["check", "--format", "markdown", "--junit", "deep/out.xml"]) == 1
    out = capsys.readouterr().out
    assert out.startswith("❌ **cnnbench check**: 0 of 1 threshold met, none of 2 splits leaks.\n")
    assert "| mnist-mnist\\_cnn | accuracy | 0.9400 | low ≥ 0.95 | -0.0100 | ❌ missed |" in out
    written = (folder / "deep/out.xml").read_text()
    assert '<testsuites name="cnnbench check" tests="3" failures="1"' in written
    assert [path.name for path in (folder / "deep").iterdir()] == ["out.xml"]


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
    assert cli.main(["results"]) == 1
    out, err = capsys.readouterr()
    assert err.startswith("error: Expected ")
    assert "reports/leaderboard.csv" in err
    assert err.count("\n") == 1
    assert out == ""


@pytest.mark.parametrize("arguments", [[], ["chekc"], ["check", "--bogus"]])
def test_wrong_usage_is_code_2(arguments, capsys):
    with pytest.raises(SystemExit) as stop:
        cli.main(arguments)
    assert stop.value.code == 2
    assert "usage: cnnbench" in capsys.readouterr().err


def test_help_lists_commands_and_exit_codes(capsys):
    with pytest.raises(SystemExit) as stop:
        cli.main(["--help"])
    assert stop.value.code == 0
    out = capsys.readouterr().out
    for word in ("check", "results", "track", "Exit codes"):
        assert word in out


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("definition: mnist", "definition: mnits", r"Expected a data set .*'mnits' \(did you mean mnist\?\)"),
        ("architecture: mnist_cnn", "architecture: nosuch", "Expected an architecture among .*, received 'nosuch'"),
        ("source: packaged", "source: nosuch", "Expected a source of MNIST among packaged, .*received 'nosuch'"),
        ("dataset: mnist", "dataset: nosuch", "Expected a data set among .*, received 'nosuch'"),
    ],
)
def test_runs_names_what_does_not_exist(tmp_path, capsys, old, new, message):
    text = PARAMS.read_text()
    assert old in text
    (tmp_path / "params.yaml").write_text(text.replace(old, new, 1))
    assert cli.main(["runs", "--params", str(tmp_path / "params.yaml")]) == 1
    said = capsys.readouterr().err
    assert re.fullmatch(f"error: {message}.*\n", said)


def test_runs_lists_every_run(capsys):
    assert cli.main(["runs", "--params", str(PARAMS)]) == 0
    shown = capsys.readouterr().out
    assert all(name in shown for name in YAML(typ="safe").load(PARAMS)["runs"])


@pytest.fixture
def copy(tmp_path):
    """The shipped params.yaml, to be changed."""
    path = tmp_path / "params.yaml"
    path.write_bytes(PARAMS.read_bytes())
    return path


def test_runs_lists_repeats_and_adds_them_only_when_told_to(copy, capsys):
    asked = ["runs", RUN, "--seeds", "0", "1", "--folds", "0", "2", "--params", str(copy)]
    assert cli.main(asked) == 0
    out = capsys.readouterr().out
    assert f"{RUN}-s1-f2" in out
    assert "3 runs to add to" in out
    assert copy.read_bytes() == PARAMS.read_bytes()
    assert cli.main([*asked, "--write"]) == 0
    out = capsys.readouterr().out
    assert "3 runs added to" in out
    assert "mnist: in `profile: full` the test part is given" in out
    assert cli.main([*asked, "--write"]) == 0
    assert "Nothing to add" in capsys.readouterr().out
    assert cli.main(["runs", "--params", str(copy)]) == 0
    assert f"{RUN}-s1-f2" in capsys.readouterr().out


def test_runs_may_list_some(capsys):
    assert cli.main(["runs", RUN, "--params", str(PARAMS)]) == 0
    out = capsys.readouterr().out
    assert RUN in out
    assert "boston" not in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nosuch"], "Expected a run among .*, received 'nosuch'"),
        (["nosuch", "--seeds", "1"], "Expected a run among .*, received 'nosuch'"),
        (["--folds", "all", "1"], "Expected folds as numbers, or the one word all, received 'all'"),
        (["--folds", "11"], "Expected folds from 0 to 9, received 11"),
        (["--seeds", "4294967296"], "Expected seeds from 0 to 4294967295"),
    ],
)
def test_runs_refuses_repeats_that_cannot_be(copy, capsys, arguments, message):
    assert cli.main(["runs", *arguments, "--params", str(copy)]) == 1
    assert re.fullmatch(f"error: {message}.*\n", capsys.readouterr().err)
    assert copy.read_bytes() == PARAMS.read_bytes()


def newer_result(folder, run=RUN):
    (folder / "reports/runs" / run).mkdir(parents=True)
    measures = {"accuracy": {"value": 0.97, "low": 0.95, "high": 0.98}}
    (folder / "reports/runs" / run / "metrics.json").write_text(json.dumps(measures))


def test_check_refuses_a_report_that_is_older_than_a_run(folder, capsys):
    newer_result(folder)
    assert cli.main(["check"]) == 2
    out, err = capsys.readouterr()
    assert err == (
        "error: Expected reports/metrics.json to hold what is in reports/runs, received an older report than the "
        f"results of {RUN}: `dvc repro report` makes it again.\n"
    )
    assert out == ""


def test_results_names_the_runs_that_the_report_is_older_than(folder, capsys):
    assert cli.main(["results"]) == 0
    assert "older" not in capsys.readouterr().out
    newer_result(folder)
    newer_result(folder, "mnist-vgg16")
    assert cli.main(["results"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert f"older than the results of {RUN}, mnist-vgg16: `dvc repro report` makes it again." in said
