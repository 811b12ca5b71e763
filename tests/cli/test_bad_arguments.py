"""Arguments and files that the commands cannot take: one line on stderr, code 2, and nothing is written."""

import json
import shlex
import shutil

import pytest
from report_folder import LEADERBOARD, PARAMS, RUN, write_audits
from run_record import run_json

from cnnbench import cli
from cnnbench.core.printable import printable

METRICS = json.dumps({RUN: {"accuracy": {"value": 0.96, "low": 0.94, "high": 0.975}}})
RECORD = f"reports/runs/{RUN}/run.json"
MODEL = f"models/{RUN}/model.keras"
BOUND = "\nthresholds:\n  mnist-mnist_cnn: {accuracy: {min: 0.9}}\n"
SHIPPED = PARAMS.read_text()
FOLDER = object()

USAGE = [
    ("nosuch", "invalid choice: 'nosuch' (choose from "),
    ("chekc", "invalid choice: 'chekc' (did you mean check?)"),
    ("train", "invalid choice: 'train' (did you mean run?)"),
    ("--versoin", "unrecognized arguments: --versoin (did you mean --version?)"),
    ("results --formt csv", "unrecognized arguments: --formt (did you mean --format?)"),
    ("results --format html", "argument --format: invalid choice: 'html' (choose from table, csv, json, markdown)"),
    ("results --sort", "argument --sort: expected one argument"),
    ("results --dataset", "argument --dataset: expected at least one argument"),
    ("run", "the following arguments are required: RUN"),
    ("run mnist --jobs 0", "argument --jobs: expected a number from 1 to 9999, received '0'"),
    ("'run s'", "invalid choice: 'run s'"),
    ("$'\x1b]0;title\x07'", r"invalid choice: "),
    ("runs --bogus", "unrecognized arguments: --bogus"),
    ("runs '--\x1b[31m'", r"unrecognized arguments: --\x1b[31m"),
    ("check extra", "unrecognized arguments: extra"),
    ("check '\u202e'", r"unrecognized arguments: \u202e"),
    ("check '::error::x'", r"unrecognized arguments: \x3a:error\x3a:x"),
    ("track 'a\nb'", r"unrecognized arguments: a\nb"),
    ("track extra", "unrecognized arguments: extra"),
    ("bench --jobs", "argument --jobs: expected one argument"),
    ("bench --jobs 0", "argument --jobs: expected a number from 1 to 9999, received '0'"),
    ("bench --jobs -1", "argument --jobs: expected a number from 1 to 9999, received '-1'"),
    ("bench --jobs ²", "argument --jobs: expected a number from 1 to 9999, received '²'"),
    (f"bench --jobs {'9' * 5000}", "argument --jobs: expected a number from 1 to 9999, received '999"),
    ("bench --gpus", "argument --gpus: expected one argument"),
    ("runs --seeds", "argument --seeds: expected at least one argument"),
    ("runs --seeds x", "argument --seeds: invalid int value: 'x'"),
    ("runs --seeds 1.5", "argument --seeds: invalid int value: '1.5'"),
    ("runs --seeds ''", "argument --seeds: invalid int value: ''"),
    (f"runs --seeds {'9' * 5000}", "argument --seeds: invalid int value: '999"),
    ("runs --folds", "argument --folds: expected at least one argument"),
    ("runs --datasets", "argument --datasets: expected at least one argument"),
    ("runs --networks", "argument --networks: expected at least one argument"),
    ("runs --params", "argument --params: expected one argument"),
    ("check --metrics", "argument --metrics: expected one argument"),
    ("check --against", "argument --against: expected one argument"),
    ("check --junit", "argument --junit: expected one argument"),
    ("check --format xml", "argument --format: invalid choice: 'xml'"),
    ("compare", "the following arguments are required: RUN"),
    ("predict", "the following arguments are required: RUN, PATH"),
    (f"predict {RUN}", "the following arguments are required: PATH"),
    (f"predict {RUN} image.png --format xml", "argument --format: invalid choice: 'xml'"),
    ("export", "the following arguments are required: RUN, --format"),
    (f"export {RUN}", "the following arguments are required: --format"),
    (f"export {RUN} --format torchscript", "argument --format: invalid choice: 'torchscript'"),
    ("register", "the following arguments are required: RUN"),
    ("verify --lock --save", "argument --save: not allowed with argument --lock"),
    ("verify --root", "argument --root: expected one argument"),
    ("verify extra", "unrecognized arguments: extra"),
]

NAMES = [
    "$(touch x)",
    "..",
    f"../runs/{RUN}",
    "a.b",
    " ",
    "",
    "\x1b[31m",
    "\u202e",
    "x" * 400,
    f"{RUN} ",
    "::error::x",
    "a\nb",
]

ARGUMENTS = [
    ("runs --params nosuch.yaml", "Expected a file nosuch.yaml in "),
    ("runs --params folder", "Expected a file folder, received a folder or a device"),
    ("runs --params ''", "Expected a file ., received a folder or a device"),
    ("runs --params /dev/null", "Expected a file /dev/null, received a folder or a device"),
    ("runs --params params.yaml/x", "Expected a file params.yaml/x"),
    ("runs --params junk", "Expected text in UTF-8 in junk, line 1, received the byte 0xff"),
    ("runs --params reports/metrics.json", "Expected only known keys in reports/metrics.json"),
    (f"runs --params {'x' * 300}", "File name too long"),
    ("runs '--params=\x1b[31m'", r"Expected a file \x1b[31m in "),
    ("runs --params folder --write", "Expected a file folder, received"),
    ("runs --params junk --datasets mnist --write", "Expected text in UTF-8 in junk"),
    ("runs mnits", "received 'mnits' (did you mean mnist?)"),
    ("runs 'x*'", "received 'x*'"),
    ("run nosuch", "Expected a run among "),
    ("run mnits", "received 'mnits' (did you mean mnist?)"),
    ("results nosuch", "Expected a run among "),
    ("results 'x*'", "received 'x*'"),
    ("results mnist-mnist_cn", "received 'mnist-mnist_cn' (did you mean mnist-mnist_cnn?)"),
    (
        "results --dataset mnits",
        "Expected a data set among boston_housing, chest_xray, mnist, received 'mnits' (did you",
    ),
    ("results --architecture vgg16", "Expected an architecture among conv1d, chest_cnn, mnist_cnn, received 'vgg16'"),
    ("results --dataset mnist --architecture conv1d", "Expected a run that all filters let through, received none"),
    ("results --sort ''", "Expected a column of leaderboard.csv among run, "),
    ("results --sort acuracy", "received 'acuracy' (did you mean accuracy?)"),
    ("results --reverse", "Expected --sort COLUMN beside --reverse, received none"),
    (f"runs {RUN} nosuch", "Expected a run among "),
    ("runs MNIST-mnist_cnn", "received 'MNIST-mnist_cnn' (did you mean mnist-mnist_cnn?)"),
    ("runs --seeds -1", "Expected seeds from 0 to 4294967295, received -1"),
    ("runs --seeds 4294967296", "Expected seeds from 0 to 4294967295, received 4294967296"),
    ("runs --folds 10", "Expected folds from 0 to 9, received 10"),
    ("runs --folds=-1", "Expected folds as numbers, or the one word all, received '-1'"),
    ("runs --folds ²", "Expected folds as numbers, or the one word all, received '²'"),
    ("runs --folds ''", "Expected folds as numbers, or the one word all, received ''"),
    ("runs --folds all all", "Expected folds as numbers, or the one word all, received 'all'"),
    (f"runs --folds {'9' * 5000}", "Expected folds as numbers, or the one word all, received '999"),
    ("runs nosuch --write", "Expected a run among "),
    ("runs nosuch --seeds 1 --write", "Expected a run among "),
    (f"runs {RUN} --datasets mnist", "Expected --datasets and --networks alone"),
    ("runs --datasets mnist --folds 1", "Expected --datasets and --networks alone"),
    ("check --params folder", "Expected a file folder, received"),
    ("check --metrics nosuch.json", "Expected the file nosuch.json, received none"),
    ("check --metrics folder", "Expected JSON in folder, received"),
    ("check --metrics junk", "Expected valid JSON in junk, received"),
    ("check --metrics empty", "Expected valid JSON in empty, received"),
    ("check --against nosuch", "Expected a git revision or a metrics.json after --against, received 'nosuch'"),
    ("check --against=--all", "Expected a git revision or a metrics.json after --against, received '--all'"),
    ("check --against ''", "Expected a git revision or a metrics.json after --against, received ''"),
    ("check --against 'HEAD; touch x'", "Expected a git revision or a metrics.json after --against"),
    ("check --against '\x1b[31m'", r"received '\x1b[31m', which is neither here"),
    ("check --against folder", "Expected a git revision or a metrics.json after --against, received 'folder'"),
    ("check --against junk", "Expected valid JSON in junk, received"),
    ("results --reports nosuch", "Expected a leaderboard in nosuch/leaderboard.csv, received none"),
    ("results --reports junk", "Expected "),
    ("results --reports folder", "Expected a leaderboard in folder/leaderboard.csv"),
    ("compare a b", "Expected a folder per run under reports/runs, received none"),
    ("compare a b --reports nosuch", "Expected a folder per run under nosuch/runs, received none"),
    ("track --reports nosuch", "Expected "),
    ("predict nosuch image.png", "Expected a run among "),
    (f"predict {RUN} image.png --root folder", "Expected the root of a cnnbench repository"),
    (f"predict {RUN} image.png --root junk", "Expected the root of a cnnbench repository"),
    (f"predict {RUN} image.png", f"Expected the file {RECORD}, received none"),
    (f"export {RUN} --format keras", f"Expected the file {RECORD}, received none"),
    (f"export {RUN} --format keras --root folder", "Expected the root of a cnnbench repository"),
    (f"register {RUN}", f"Expected the file {RECORD}, received none"),
    ("verify", "Expected a pipeline that DVC can read in ., received"),
    ("verify --root folder", "Expected a file folder/params.yaml in "),
    ("verify --root junk", "Expected a file junk/params.yaml"),
    ("verify --save", f"Expected the file {RECORD}, received none"),
]

DAMAGED = [
    *(
        ("check", "reports/metrics.json", content, message)
        for content, message in [
            (None, "Expected the file reports/metrics.json, received none"),
            (FOLDER, "Expected JSON in reports/metrics.json, received"),
            ("", "Expected valid JSON in reports/metrics.json, received: EOF"),
            ("{", "Expected valid JSON in reports/metrics.json, received: EOF"),
            (METRICS[:-9], "Expected valid JSON in reports/metrics.json"),
            ("\xff", "Expected "),
            ("[]", "Expected the content in reports/metrics.json to be an object, received []"),
            ("null", "Expected the content in reports/metrics.json to be an object, received None"),
            ("[" * 100_000, "Expected valid JSON in reports/metrics.json"),
            ("9" * 5000, "Expected "),
            ('{"a": 5}', "Expected a in reports/metrics.json to be an object, received 5"),
            ('{"a": {"b": 5}}', "Expected a.b in reports/metrics.json to be an object"),
            (METRICS.replace("0.96", '"0.96"'), "accuracy.value in reports/metrics.json to be a number"),
            (METRICS.replace('"low"', '"loww"'), f"Expected a key {RUN}.accuracy.low in reports/metrics.json"),
            ('{"\\u001b[31m": 5}', r"Expected \x1b[31m in reports/metrics.json to be an object"),
        ]
    ),
    ("verify --save", "reports/metrics.json", "{", "Expected valid JSON in reports/metrics.json"),
    ("verify", "params.yaml", "\xff", "Expected text in UTF-8 in params.yaml, line 1"),
    ("check", "reports/leakage.json", "[]", "Expected the content in reports/leakage.json"),
    ("check", "reports/leakage.json", "\xff", "Expected "),
    ("check", "reports/leakage.json", FOLDER, "Expected JSON in reports/leakage.json"),
    ("check", f"reports/runs/{RUN}/run.json", "{", f"Expected the file reports/runs/{RUN}/metrics.json, received none"),
    ("check", "params.yaml", "\xff", "Expected text in UTF-8 in params.yaml, line 1"),
    ("check --against old.csv", "old.csv", "a,b\n1,2\n", "Expected the leaderboard.csv of a report in old.csv"),
    ("check --against old.csv", "old.csv", "", "Expected the leaderboard.csv of a report in old.csv"),
    ("check --against old.json", "old.json", "{}", "Expected results that can be compared with old.json"),
    *(
        ("results", "reports/leaderboard.csv", content, message)
        for content, message in [
            (None, "Expected a leaderboard in reports/leaderboard.csv, received none"),
            (FOLDER, "Expected CSV in reports/leaderboard.csv, received"),
            ("", "Expected the columns run, kind, dataset"),
            ("run\n", "Expected the columns run, kind, dataset"),
            (LEADERBOARD.splitlines()[0] + "\n", "Expected a line per run in reports/leaderboard.csv, received none"),
            (LEADERBOARD + "x,y\n", "whole columns in reports/leaderboard.csv, received line 5"),
            (LEADERBOARD[:-30], "Expected "),
            (LEADERBOARD.replace("0.960000", "x"), "Expected numbers in reports/leaderboard.csv, received could not"),
            (LEADERBOARD.replace(",1500,", ",many,"), "Expected "),
            (LEADERBOARD.replace(",1500,", f",{'9' * 5000},"), "Expected "),
            ("\xff", "Expected CSV in reports/leaderboard.csv, received"),
            ("\0", "Expected "),
            ('"' + "x" * 200_000, "Expected CSV in reports/leaderboard.csv, received"),
            ('run,"a"b\n', "Expected CSV in reports/leaderboard.csv, received"),
        ]
    ),
    *(
        (f"{command} {RUN}{rest}", RECORD, content, message)
        for command, rest in [("predict", " image.png"), ("export", " --format keras"), ("register", "")]
        for content, message in [
            ("", f"Expected valid JSON in {RECORD}"),
            ("{}", f"Expected a key run in {RECORD}, received none"),
            ("[" * 100_000, f"Expected valid JSON in {RECORD}"),
            ("\xff", "Expected "),
            (json.dumps(run_json("other")), f"Expected the run {RUN} in {RECORD}, received other"),
        ]
    ),
    ("runs --seeds 7 --write", "params.yaml", SHIPPED.replace("\n", "\r"), "Expected lines of params.yaml that end in"),
    ("runs --seeds 7 --write", "params.yaml", SHIPPED.replace("\nruns:", "\nruns: {"), "Expected valid YAML"),
]  # fmt: skip


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    """A repository with a report; no test may change it."""
    root = tmp_path_factory.mktemp("repository")
    (root / "params.yaml").write_text(SHIPPED[: SHIPPED.index("\nthresholds:")] + BOUND)
    (root / "reports/runs").mkdir(parents=True)
    (root / "reports/leaderboard.csv").write_text(LEADERBOARD)
    (root / "reports/metrics.json").write_text(METRICS)
    write_audits(root, mnist="pq", chest_xray="pq")
    (root / "folder").mkdir()
    (root / "empty").touch()
    (root / "junk").write_bytes(b"\xff\xfe\0junk")
    (root / "image.png").write_bytes(b"no picture")
    return root


def contents(root):
    """Every path, with the content of files."""
    return {path: path.read_bytes() if path.is_file() else None for path in root.rglob("*")}


def refuse(root, capsys, monkeypatch, arguments):
    """Calls the command; returns its code and the line that it ends with."""
    monkeypatch.chdir(root)
    before = contents(root)
    try:
        code = cli.main(arguments)
    except SystemExit as ended:
        code = ended.code
    out, err = capsys.readouterr()
    assert contents(root) == before
    assert out == ""
    *usage, line = err.splitlines()
    assert all(one.startswith(("usage: ", " ")) for one in usage)
    assert printable(line) == line
    return code, line


@pytest.mark.parametrize(("written", "message"), USAGE)
def test_wrong_usage_is_code_2(repository, capsys, monkeypatch, written, message):
    code, line = refuse(repository, capsys, monkeypatch, shlex.split(written))
    assert code == 2
    assert line.startswith("cnnbench")
    assert message in line


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "command",
    ["runs NAME", "runs NAME --seeds 1 --write", "runs --datasets NAME --write", "runs --networks NAME --write",
     "predict NAME image.png", "export NAME --format keras", "register NAME", "check --against NAME"],
)  # fmt: skip
def test_names_that_do_not_exist_are_one_line(repository, capsys, monkeypatch, command, name):
    arguments = [name if word == "NAME" else word for word in command.split()]
    code, line = refuse(repository, capsys, monkeypatch, arguments)
    assert code == 2
    assert line.startswith("error: Expected a")
    assert printable(f"received {name!r}")[:60] in line


@pytest.mark.parametrize(("written", "message"), ARGUMENTS)
def test_arguments_that_lead_nowhere_are_one_line(repository, capsys, monkeypatch, written, message):
    code, line = refuse(repository, capsys, monkeypatch, shlex.split(written))
    assert code == 2
    assert line.startswith("error: ")
    assert message in line


@pytest.mark.parametrize(("written", "name", "content", "message"), DAMAGED)
def test_damaged_files_are_one_line(repository, tmp_path, capsys, monkeypatch, written, name, content, message):
    root = tmp_path / "repository"
    shutil.copytree(repository, root)
    path = root / name
    path.unlink(missing_ok=True)
    if content is FOLDER:
        path.mkdir()
    elif content is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode("latin-1" if content == "\xff" else "utf-8"))
    code, line = refuse(root, capsys, monkeypatch, shlex.split(written))
    assert code == 2
    assert line.startswith("error: Expected ")
    assert message in line
