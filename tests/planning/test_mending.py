"""What a kill of DVC leaves, each as it was seen; DVC itself says whether it is mended."""

import subprocess
import sys

import pytest
from dvc.cli import main as dvc

from cnnbench.planning import mending

pytestmark = pytest.mark.filterwarnings("ignore")  # DVC's own
PIPELINE = "stages:\n" + "".join(
    f"  {name}:\n    cmd: echo {name} > {name}\n    outs: [{name}]\n" for name in ("one", "two", "three")
)


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A repository with a run of three stages."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DVC_NO_ANALYTICS", "1")
    subprocess.run(["git", "init", "--quiet"], check=True)
    assert dvc(["init", "--quiet"]) == 0
    (tmp_path / "dvc.yaml").write_text(PIPELINE)
    assert dvc(["repro", "--quiet"]) == 0
    assert mending.mend(tmp_path) == [], "nothing to mend"
    return tmp_path


@pytest.mark.parametrize("content", ["", '{"wri', "[]", '{"write": {"a": 3}}'])
def test_an_rwlock_that_dvc_cannot_read(repository, content):
    path = repository / ".dvc/tmp/rwlock"
    path.write_text(content)
    assert dvc(["repro", "--quiet"]) == 255, "it blocks DVC"
    assert mending.mend(repository) == [f"{path} was left by a process that was killed: removed"]
    assert dvc(["repro", "--quiet"]) == 0
    assert mending.mend(repository) == []


@pytest.mark.parametrize("share", [0, 0.05, 0.1, 0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 0.98])
def test_a_results_file_that_was_cut_short(repository, share):
    path = repository / "dvc.lock"
    whole = path.read_text()
    path.write_text(whole[: int(len(whole) * share)])
    lines = mending.mend(repository)
    assert lines in (
        [],  # DVC can read it
        [f"{path} was cut short when DVC was killed: cut back to its whole entries"],
        [f"{path} was left by a process that was killed: removed"],
    )
    assert whole.startswith(path.read_text()) if path.exists() else True
    assert dvc(["repro", "--quiet"]) == 0
    assert path.read_text() == whole


def test_a_results_file_that_was_cut_within_a_letter(repository):
    path = repository / "dvc.yaml"
    path.write_text(path.read_text() + "  last:\n    cmd: echo \N{SNOWMAN}\N{SNOWMAN} > last\n    outs: [last]\n")
    assert dvc(["repro", "--quiet"]) == 0
    path = repository / "dvc.lock"
    whole = path.read_bytes()
    path.write_bytes(whole[: whole.index("\N{SNOWMAN}".encode()) + 1])
    assert dvc(["repro", "--quiet"]) == 255, "it blocks DVC"
    assert mending.mend(repository) == [f"{path} was cut short when DVC was killed: cut back to its whole entries"]
    assert dvc(["repro", "--quiet"]) == 0
    assert path.read_bytes() == whole


def test_what_waits_for_this_program_is_not_at_work_beside_it(repository):
    (repository / "dvc.lock").write_text("")
    program = repository / "cnnbench"
    program.write_text(f"#!/bin/sh\nexec {sys.executable} -m cnnbench.planning.mending\n")
    program.chmod(0o755)
    done = subprocess.run(["timeout", "60", program], capture_output=True, text=True)
    assert done.stdout == "dvc.lock was left by a process that was killed: removed\n"


def test_an_empty_entry_of_the_run_cache(repository):
    (repository / "dep").touch()
    (repository / "dvc.yaml").write_text("stages:\n  one:\n    cmd: echo 1 > one\n    deps: [dep]\n    outs: [one]\n")
    assert dvc(["repro", "--quiet"]) == 0
    (entry,) = (repository / ".dvc/cache/runs").glob("*/*")
    for path in entry.iterdir():
        path.unlink()
    for name in ("dvc.lock", "one"):
        (repository / name).unlink()
    assert dvc(["repro", "--quiet"]) == 255, "it blocks DVC"
    assert mending.mend(repository) == [f"{entry} was left empty when DVC was killed: removed"]
    assert dvc(["repro", "--quiet"]) == 0


def test_a_merge_is_left_to_its_author(repository):
    (repository / "dvc.lock").write_text("<<<<<<< HEAD\nschema: '2.0'\n=======\n>>>>>>> other\n")
    assert mending.mend(repository) == []


def test_nothing_is_touched_while_a_dvc_is_at_work(repository):
    path = repository / ".dvc/tmp/rwlock"
    path.write_text("")
    script = repository / "dvc"
    script.write_text("import time\nprint('ready', flush=True)\ntime.sleep(60)\n")
    with subprocess.Popen([sys.executable, "dvc"], cwd=repository, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "ready\n"
        (line,) = mending.mend(repository)
        process.kill()
    assert line.startswith(f"{path} is in use by process {process.pid}")
    assert path.exists()
    assert mending.mend(repository) == [f"{path} was left by a process that was killed: removed"]


def test_the_lock_of_gits_index_that_a_killed_dvc_held(repository):
    path = repository / ".git/index.lock"
    path.touch()
    assert subprocess.run(["git", "add", "dvc.yaml"], capture_output=True).returncode, "it blocks git"
    assert mending.mend(repository) == [f"{path} was left by a process that was killed: removed"]
    subprocess.run(["git", "add", "dvc.yaml"], check=True)
