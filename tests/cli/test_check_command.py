"""`cnnbench check`."""

import json
import re
import shutil

import pytest
from report_folder import LEADERBOARD, RUN, write_audits, write_model, write_newer_result, write_thresholds

from cnnbench import cli


def test_check_passes(folder, capsys):
    assert cli.main(["check"]) == 0
    out, err = capsys.readouterr()
    assert "1 of 1 threshold met, none of 2 splits leaks" in out
    for cell in (RUN, "accuracy", "0.9600", "≥ 0.9", "+0.0600", "met"):
        assert cell in out
    assert err == ""


def test_check_fails_where_a_bound_is_missed(folder, capsys):
    write_thresholds(folder, {RUN: {"accuracy": {"min": 0.99}}})
    assert cli.main(["check"]) == 1
    assert "-0.0300" in capsys.readouterr().out


@pytest.mark.parametrize("content", [None, "{", "[]", '{"mnist": {}}'])
def test_check_without_audits_is_no_check(folder, capsys, content):
    path = folder / "reports/leakage.json"
    path.unlink() if content is None else path.write_text(content)
    assert cli.main(["check"]) == 2
    assert re.match(r"error: Expected .*reports/leakage\.json.*, received[^\n]*\n$", capsys.readouterr().err)


def test_check_names_the_class_that_a_metric_is_of(folder, capsys):
    measures = {"accuracy": {"value": 0.96, "low": 0.94, "high": 0.975}}
    measures["sensitivity_at_threshold"] = {"value": 0.8, "low": 0.7, "high": 0.9, "of": "malignant"}
    (folder / "reports/metrics.json").write_text(json.dumps({RUN: measures}))
    write_thresholds(folder, {RUN: {"sensitivity_at_threshold": {"min": 0.9}, "accuracy": {"min": 0.9}}})
    for options in ([], ["--format", "markdown"]):
        assert cli.main(["check", "--junit", "junit.xml", *options]) == 1
        assert "sensitivity_at_threshold (malignant)" in capsys.readouterr().out.replace("\\", "")
    xml = (folder / "junit.xml").read_text()
    assert 'name="sensitivity_at_threshold (malignant) ≥ 0.9"' in xml
    assert "Expected sensitivity_at_threshold (malignant) of" in xml
    assert 'name="accuracy ≥ 0.9"' in xml


def test_check_fails_where_a_metric_is_unknown_and_names_what_may_be_meant(folder, capsys):
    write_thresholds(folder, {RUN: {"acuracy": {"min": 0.9}}})
    assert cli.main(["check"]) == 1
    out = " ".join(capsys.readouterr().out.split())
    assert "Expected a metric that docs/leaderboard.md lists, received 'acuracy': did you mean accuracy" in out


def test_check_fails_where_a_split_leaks_and_says_which(folder, capsys):
    write_audits(folder, mnist="pq", chest_xray="pp")
    assert cli.main(["check"]) == 1
    out, err = capsys.readouterr()
    text = " ".join(out.split())
    assert "chest_xray: LEAKS: 1 group (2 examples) in more than one of train, val and test" in text
    assert "as image-level splits do by design" in text
    assert "1 of 1 threshold met, 1 of 2 splits leaks" in text
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


@pytest.mark.parametrize(("leaking", "code", "words"), [("pq", 0, "none of 1 split leaks"), ("pp", 1, "1 of 1 split")])
def test_check_without_thresholds_checks_leaks_and_says_so(folder, capsys, leaking, code, words):
    write_thresholds(folder, {})
    write_audits(folder, mnist=leaking)
    assert cli.main(["check"]) == code
    out, err = capsys.readouterr()
    assert f"no thresholds set, {words}" in out
    assert ("mnist: LEAKS: 1 group" in out) is bool(code)
    assert err == ""


@pytest.mark.parametrize(("arguments", "code"), [([], 0), (["--strict"], 1)])
def test_check_warns_of_near_copies_that_do_not_count_and_fails_where_asked(folder, capsys, arguments, code):
    write_audits(folder, near="n", mnist="pq")
    assert cli.main(["check", "--junit", "out.xml", *arguments]) == code
    out = " ".join(capsys.readouterr().out.split())
    assert "mnist: Not counted, since near_copies is report: 1 cluster of near copies (2 examples)" in out
    assert ("warning: mnist" in out) is (not code)
    assert "of 1 test examples 1 has a twin in train or val" in out
    assert "1 of 1 threshold met, none of 1 split leaks, 1 has near copies across parts" in out
    assert f'failures="{code}"' in (folder / "out.xml").read_text()
    assert cli.main(["check", "--format", "markdown", *arguments]) == code
    assert "### Near copies\n\n- ⚠️ mnist: Not counted" in capsys.readouterr().out


def test_check_says_it_in_markdown_and_writes_junit(folder, capsys):
    write_thresholds(folder, {RUN: {"accuracy": {"min": 0.95, "of": "low"}}})
    assert cli.main(["check", "--format", "markdown", "--junit", "deep/out.xml"]) == 1
    out = capsys.readouterr().out
    assert out.startswith("❌ **cnnbench check**: 0 of 1 threshold met, none of 2 splits leaks.\n")
    assert "| mnist-mnist\\_cnn | accuracy | 0.9400 | low ≥ 0.95 | -0.0100 | ❌ missed |" in out
    written = (folder / "deep/out.xml").read_text()
    assert '<testsuites name="cnnbench check" tests="3" failures="1"' in written
    assert [path.name for path in (folder / "deep").iterdir()] == ["out.xml"]


@pytest.mark.parametrize(("accuracy", "code", "word"), [((0.97, 0.95, 0.98), 0, "met"), ((0.5, 0.4, 0.6), 1, "missed")])
def test_check_judges_what_is_newer_than_the_report_and_says_so(folder, capsys, accuracy, code, word):
    write_newer_result(folder, accuracy=accuracy)
    for options in ([], ["--format", "markdown"]):
        assert cli.main(["check", *options]) == code
        out = capsys.readouterr().out
        assert f"{accuracy[0]:.4f}" in out
        assert re.search(rf"{word}, (not above chance, )?n = 10, newer than the report", out)


def test_check_judges_a_run_that_the_report_does_not_know(folder, capsys):
    write_thresholds(folder, {"mnist-vgg16": {"accuracy": {"min": 0.9}}})
    assert cli.main(["check"]) == 1
    write_newer_result(folder, "mnist-vgg16")
    assert cli.main(["check"]) == 0
    assert "met, n = 10, newer than the report" in capsys.readouterr().out


def test_check_holds_the_split_that_is_there(folder, capsys):
    leaking = json.loads((folder / "reports/leakage.json").read_text())
    write_audits(folder, mnist="pp", chest_xray="pq")
    audit = json.loads((folder / "reports/leakage.json").read_text())["mnist"]
    (folder / "reports/leakage.json").write_text(json.dumps(leaking))
    assert cli.main(["check"]) == 0
    (folder / "data/splits").mkdir(parents=True)
    (folder / "data/splits/mnist.leakage.json").write_text(json.dumps(audit))
    assert cli.main(["check"]) == 1
    assert "mnist: LEAKS" in capsys.readouterr().out


@pytest.mark.parametrize("changed", [{"seed": 1}, {"epochs_trained": 4}, None])
def test_check_refuses_results_of_an_earlier_training(folder, capsys, changed):
    results = write_newer_result(folder)
    model = write_model(folder, results)
    assert cli.main(["check"]) == 0
    shutil.rmtree(model)
    write_model(folder, results, **changed or {})
    if changed is None:
        (model / "history.csv").write_text("epoch,loss,val_loss\n1,0.123467,0.5\n")
    capsys.readouterr()
    assert cli.main(["check"]) == 2
    assert capsys.readouterr() == ("", (
        "error: Expected results in reports/runs of what is in models, received those of an earlier training of "
        f"{RUN}: `dvc repro evaluate@{RUN}` measures it.\n"
    ))  # fmt: skip


EARLIER = {"accuracy": {"value": 0.98, "low": 0.97, "high": 0.985}}


@pytest.mark.parametrize(
    ("now", "code", "text"),
    [
        ({"value": 0.96, "low": 0.95, "high": 0.97}, 1, "1 of 1 figure worse since old.json"),
        ({"value": 0.97, "low": 0.95, "high": 0.98}, 0, "none of 1 figure worse since old.json"),
    ],
)
def test_check_against_a_file_finds_what_got_worse(folder, capsys, now, code, text):
    (folder / "old.json").write_text(json.dumps({RUN: EARLIER, "gone-run": EARLIER}))
    (folder / "reports/metrics.json").write_text(json.dumps({RUN: {"accuracy": now}}))
    assert cli.main(["check", "--against", "old.json"]) == code
    out, err = capsys.readouterr()
    assert f"1 of 1 threshold met, none of 2 splits leaks, {text}" in out
    assert "gone-run: gone since old.json." in out
    assert ("worse" if code else "cannot be told apart") in out
    assert max(map(len, out.splitlines())) <= 120
    assert err == ""


def test_check_against_a_file_needs_no_threshold(folder, capsys):
    write_thresholds(folder, {})
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


@pytest.mark.parametrize("reported", [True, False])
@pytest.mark.parametrize("command", [["check"], ["compare", "a", "b"], ["results"]])
def test_where_params_yaml_has_no_runs_every_command_says_so_and_how_to_add_one(folder, capsys, command, reported):
    empty = {"metrics.json": "{}", "leakage.json": "{}", "leaderboard.csv": LEADERBOARD.splitlines()[0] + "\n"}
    for name, content in empty.items():
        (folder / "reports" / name).write_text(content) if reported else (folder / "reports" / name).unlink()
    (folder / "params.yaml").write_text("runs: {}\n")
    assert cli.main(command) == 2
    err = capsys.readouterr().err
    assert err.startswith("error: Expected ")
    assert "received none: params.yaml names no run. Add a data set under datasets: (docs/own.md), then its" in err
    assert err.count("\n") == 1


def test_a_count_is_a_whole_number_wherever_it_is_shown(folder, capsys):
    twins = {"value": 131.0, "low": 131.0, "high": 131.0}
    (folder / "old.json").write_text(json.dumps({RUN: EARLIER | {"twins": twins | {"value": 1, "low": 1, "high": 1}}}))
    (folder / "reports/metrics.json").write_text(json.dumps({RUN: EARLIER | {"twins": twins}}))
    write_thresholds(folder, {RUN: {"twins": {"max": 0}}})
    for options in ([], ["--format", "markdown"]):
        assert cli.main(["check", "--junit", "out.xml", "--against", "old.json", *options]) == 1
        row, change = [line for line in capsys.readouterr().out.splitlines() if "twins" in line]
        assert re.search(r"\b131\b.*≤ 0.*-131\b", row)
        assert re.search(r"\b1\b.*\b131\b.*\+130 ?.*\[\+130, \+130\]", change)
        assert not re.search(r"\d\.0", row + change.replace("0.0", ""))
    assert "received 131." in (folder / "out.xml").read_text()
