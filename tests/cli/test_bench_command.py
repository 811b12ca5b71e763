"""`cnnbench bench` as it is typed, on a pipeline of two commands with the shipped settings."""

import argparse
import contextlib
import os
import shutil
import subprocess
import types

import pytest
from dvc.cli import main as dvc
from toys import ROOT, SHIPPED

from cnnbench import cli
from cnnbench.cli import _board, _engines, bench
from cnnbench.core.errors import UserError
from cnnbench.running.job import Job
from cnnbench.running.scheduling import Ended

pytestmark = pytest.mark.filterwarnings("ignore")  # DVC's own
PIPELINE = """stages:
  one:
    cmd: for line in $(seq 30); do echo "line $line"; done; cp dep one.out && grep -v bad dep
    deps: [dep]
    outs: [one.out]
  two:
    cmd: cp one.out two.out
    deps: [one.out]
    outs: [two.out]
"""


@pytest.fixture
def repository(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")  # a server, of which no store is made
    subprocess.run(["git", "init", "--quiet"], check=True)
    assert dvc(["init", "--quiet"]) == 0
    (tmp_path / "dvc.yaml").write_text(PIPELINE)
    (tmp_path / "dep").write_text("good\n")
    shutil.copy(SHIPPED, tmp_path)
    return tmp_path


def test_what_a_log_gets(repository, capsys):
    assert cli.main(["bench", "two", "--jobs", "2"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "one: begins in slot 0, prints into .cnnbench/logs/one.log"
    assert lines[1].startswith("one: ran in 0.")
    assert lines[3].startswith("two: ran in 0.")
    assert lines[4].startswith("2 stages in ")
    assert lines[4].endswith(": 2 ran.")
    assert (repository / ".cnnbench/logs/one.log").read_text().endswith("line 30\ngood\n")
    (repository / "two.out").unlink()
    assert cli.main(["bench", "two"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "two: from DVC's cache"
    assert lines[1].endswith(": 1 up to date, 1 from DVC's cache.")
    assert cli.main(["bench", "one"]) == 0
    assert capsys.readouterr().out.startswith("1 stage in ")


def test_a_stage_that_fails(repository, capsys):
    (repository / "dep").write_text("bad\n")
    assert cli.main(["bench", "two"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == "one: FAILED, exit code 1"
    assert lines[2:17] == [f"    line {number}" for number in range(16, 31)]
    assert lines[17] == "    all that it printed: .cnnbench/logs/one.log"
    assert lines[18] == "two: not run, since one failed"
    assert lines[19].endswith(": 1 failed, 1 not run.")


def test_what_a_kill_of_dvc_left_is_mended_first(repository, capsys):
    assert dvc(["repro", "--quiet"]) == 0
    path = repository / "dvc.lock"
    whole = path.read_text()
    path.write_text(whole[:-9])
    assert cli.main(["bench", "two"]) == 0
    assert capsys.readouterr().out.startswith("dvc.lock was cut short when DVC was killed: cut back")
    assert path.read_text() == whole


def test_make_bench_is_this_command():
    # `make test` hands its own flags and variables down to any make below it.
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS", "JOBS"))}
    for words, command in (((), "cnnbench bench"), (("JOBS=3",), "cnnbench bench --jobs 3")):
        make = ["make", "--no-print-directory", "--dry-run", "bench", *words]
        listed = subprocess.run(make, cwd=ROOT, env=environment, capture_output=True, text=True)
        assert listed.stdout.rstrip().endswith(command)


def test_another_folder_bad_settings_and_a_bad_pipeline_are_one_line(repository, capsys, monkeypatch):
    def refuses(line):
        assert cli.main(["bench"]) == 2
        (error,) = capsys.readouterr().err.splitlines()
        assert line in error

    (repository / "dvc.yaml").write_text("stages: [\n")
    refuses("error: Expected a pipeline that DVC can read, received: ")
    (repository / "params.yaml").write_text("threads: x\n")
    refuses("error: Expected")
    (repository / "empty").mkdir()
    monkeypatch.chdir(repository / "empty")
    refuses("error: Expected a repository with dvc.yaml and .dvc, received ")


def test_a_target_that_is_none_is_one_line_with_the_nearest(repository, capsys):
    for target, near in (("tow", " (did you mean two?)"), ("nosuch", "")):
        assert cli.main(["bench", target]) == 2
        (error,) = capsys.readouterr().err.splitlines()
        assert error.startswith("error: Expected a stage of dvc.yaml, or the name of several, as train, received ")
        assert f"{target!r}{near}; `dvc stage list` names them." in error


def test_the_store_is_made_before_the_first_stage_and_once(repository, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "sqlite:///store.db")
    made = []

    class Store:
        def __enter__(self):
            made.append((repository / "one.out").exists())
            (repository / "store.db").touch()

        def __exit__(self, *_):
            pass

    monkeypatch.setattr("cnnbench.tracking.store.Store", Store)
    for _ in range(2):
        assert cli.main(["bench", "two"]) == 0
    assert made == [False]


def test_slots_follow_the_settings_unless_told(monkeypatch):
    from argparse import Namespace
    from types import SimpleNamespace

    from cnnbench.running import slots

    monkeypatch.setattr(slots, "find_gpus", lambda: ["GPU-a", "GPU-b"])
    monkeypatch.setattr(slots, "count_fitting", lambda threads, gpus: 10 * threads + len(gpus))
    knobs = SimpleNamespace(device="auto", threads=2)
    assert _engines._choose_slots(Namespace(jobs=None, gpus=None), knobs) == (22, ["GPU-a", "GPU-b"])
    assert _engines._choose_slots(Namespace(jobs=5, gpus="1"), knobs) == (5, ["1"])
    assert _engines._choose_slots(Namespace(jobs=None, gpus=None), SimpleNamespace(device="cpu", threads=1)) == (10, [])
    together = SimpleNamespace(device="gpus", threads=1)
    assert _engines._choose_slots(Namespace(jobs=None, gpus=None), together) == (1, []), "each takes all of them"
    assert _engines._choose_slots(Namespace(jobs=None, gpus="2,3"), together) == (1, ["2,3"]), "all that are named"


@pytest.mark.parametrize("given", ["", "-1", "-1,0", " , ", "abc", "0,x", "0;1", "all"])
def test_gpus_that_are_none_are_refused(given):
    """CUDA would hide all GPUs from the stages, or we would leave all to them."""
    with pytest.raises(UserError, match=r"^Expected GPUs as CUDA_VISIBLE_DEVICES names them, .* received"):
        _engines._choose_slots(argparse.Namespace(jobs=None, gpus=given), types.SimpleNamespace(device="gpu"))


def test_what_a_terminal_shows(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    monkeypatch.setenv("COLUMNS", "100")
    log = tmp_path / "log"
    log.write_bytes(b"first\r\x1b[31mepoch 3/9\x1b[0m  loss 0.5 " + b"x" * 200 + b"\n\n")
    job = Job("train@a", (), "", {}, (), log, log)
    with _board.Board() as board:
        board.started(job, 1)
        board.tick()
        board.ended(Ended("train@a", "ran", 4000.0, log=log))
    board.tick()
    shown = capsys.readouterr().out
    assert "train@a" in shown
    assert "epoch 3/9  loss 0.5 xxx" in shown
    assert "0 stages done, 1 running" in shown
    assert "train@a: ran in 1:06:40" in shown
    assert "\x1b[31m" not in shown
    assert max(len(line) for line in shown.splitlines()) < 200


@pytest.mark.parametrize(
    ("words", "usage", "line"),
    [
        (
            "--time 5",
            False,
            "error: Expected --slurm beside --partition, --time, --mem and --sbatch, received none: add it.",
        ),
        ("--dask tcp://x:1 --gpus 0", False, "error: Expected no --gpus beside --dask, received one"),
        (
            "--slurm local --gpus 0,1",
            False,
            "error: Expected the number of GPUs of a stage beside --slurm, received '0,1'",
        ),
        ("--slurm local --sbatch account", True, "argument --sbatch: expected NAME=VALUE, received 'account'"),
        ("--slurm local --time 0", True, "argument --time: expected a number from 1 to 9999, received '0'"),
        ("--slurm local --dask tcp://x:1", True, "argument --dask: not allowed with argument --slurm"),
        ("--clones", False, "error: Expected --dask or --slurm beside --clones, received neither: add one."),
        (
            "--dask tcp://x:1 --clones",
            False,
            "error: Expected a DVC remote for --clones, received none: `dvc remote add",
        ),
        (
            "--slurm nosuch",
            True,
            "argument --slurm: expected local or nothing, received 'nosuch': write targets before",
        ),
    ],
)
def test_options_of_a_cluster_that_do_not_fit(repository, capsys, words, usage, line):
    with pytest.raises(SystemExit, match="2") if usage else contextlib.nullcontext():
        assert cli.main(["bench", "two", *words.split()]) == 2
    assert line in capsys.readouterr().err
    assert not (repository / "one.out").exists()


def test_what_a_job_of_slurm_asks_for():
    from types import SimpleNamespace

    parser = argparse.ArgumentParser()
    bench.add_arguments(parser)
    words = "--slurm --partition gpu --gpus 1 --time 90 --mem 16 --sbatch account=x --sbatch --constraint=icelake"
    arguments = parser.parse_args([*words.split()[:-1], words.split()[-1].lstrip("-")])
    assert _engines._slurm_parameters(arguments, SimpleNamespace(threads=2)) == {
        "name": "cnnbench",
        "timeout_min": 90,
        "cpus_per_task": 2,
        "gpus_per_node": 1,
        "mem_gb": 16,
        "slurm_partition": "gpu",
        "slurm_additional_parameters": {"account": "x", "constraint": "icelake"},
    }


def test_a_cluster_leaves_a_store_that_is_a_file_to_the_caller(repository, monkeypatch, capsys):
    """The stages keep their events, and are passed on in the end."""
    from cnnbench.running.engine import Here

    passed = []
    monkeypatch.setenv("CNNBENCH_TRACKING", "")  # put back afterwards, as bench sets it
    monkeypatch.delenv("CNNBENCH_TRACKING")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "sqlite:///store.db")
    monkeypatch.setattr("cnnbench.running.on_dask.Dask", lambda address, count, way: Here(count))
    monkeypatch.setattr("cnnbench.tracking.store.Store", contextlib.nullcontext)
    monkeypatch.setattr("cnnbench.tracking.backfill.complete_earlier_runs", lambda: passed.append(1) or ["r"])
    (repository / "dep").write_text("good $CNNBENCH_TRACKING\n")
    text = (repository / "dvc.yaml").read_text().replace("cp dep one.out", "env > env.txt && cp dep one.out")
    (repository / "dvc.yaml").write_text(text)
    assert cli.main(["bench", "two", "--dask", "tcp://x:1", "--jobs", "1"]) == 0
    assert "CNNBENCH_TRACKING=later" in (repository / "env.txt").read_text().splitlines()
    assert passed == [1]
    assert capsys.readouterr().out.endswith("Stages passed on to MLflow: 1.\n")
