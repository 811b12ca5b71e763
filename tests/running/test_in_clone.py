"""What a worker does that has a clone of its own: here in this process, and with no cluster."""

import json
import os
from pathlib import Path

import pytest
from mid_stage import is_alive, until
from remotes import Folder

from cnnbench.core.errors import UserError
from cnnbench.running import clones, job
from cnnbench.running.clones import Clones
from cnnbench.running.execution import FOLDER
from cnnbench.running.pipeline import Pipeline, StageError
from cnnbench.running.remote import Session

pytestmark = pytest.mark.filterwarnings("ignore")  # DVC's own


@pytest.fixture
def stored(toy, tmp_path, monkeypatch):
    """A repository whose stages' scripts are in the snapshot, a remote, and a worker's folder."""
    monkeypatch.setenv("PYTHONPATH", str(Path(clones.__file__).parents[2]))
    monkeypatch.setenv(clones.PLACE, str(tmp_path / "worker"))
    (toy.folder / ".gitignore").write_text("ran.log\n.cnnbench\n")
    toy.remote = Folder(tmp_path / "remote")
    toy.remote.add(toy)
    with job.ended_afterwards():
        yield toy


def order(toy, name="first", way=None, **edits):
    """What travels for a stage, without the session."""
    way = way or Clones.opened()
    with Pipeline(way.exchange) as pipeline, Session.opened(toy.folder) as session:
        stage = next(one for one in pipeline.plan([name]) if pipeline.name(one) == name)
        made = pipeline.prepare(stage, FOLDER, {})
        packed = way.pack(made, session)
    return packed.args[0]._replace(**edits)


def logs(outcome):
    return {name: content.decode() for name, content in outcome.brought.items()}


def test_the_log_and_what_is_for_mlflow_come_home_and_the_secret_environment_does_not_go(stored, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://tracking.invalid")
    monkeypatch.setenv("SOME_TOKEN", "hunter2")
    stored.do(
        "first",
        "mkdir -p .cnnbench/tracking; echo \"{'folder': '$PWD/reports'}\" > .cnnbench/tracking/1-2.jsonl\n"
        "echo $MLFLOW_TRACKING_URI >&2; sh -c 'echo $DVC_ROOT' >&2",
    )
    made = order(stored)
    assert made.environment == {"MLFLOW_TRACKING_URI": "http://tracking.invalid"}
    assert "hunter2" not in json.dumps(made)
    outcome = clones.run(made, "of a session")
    assert outcome[:3:2] == (0, "")
    root = clones.place(made.project) / "clones" / made.commit
    assert logs(outcome) == {
        "logs/first.log": f"http://tracking.invalid\n{root}\n",
        "tracking/1-2.jsonl": f"{{'folder': '{stored.folder}/reports'}}\n",
    }
    again = clones.run(made, "of a session")
    assert again.code == 0
    assert (root / "ran.log").read_text() == "first\n", "it was in the run cache"
    assert "tracking/1-2.jsonl" not in again.brought


def test_what_fails_there_says_why_and_what_is_lost_is_told_from_it(stored):
    stored.do("first", "exit 7")
    assert clones.run(order(stored), "a")[:3:2] == (7, "")
    stored.do("first", "kill -9 $$")
    assert clones.run(order(stored), "a").lost == "its process was killed"
    text = (stored.folder / "dvc.yaml").read_text()
    (stored.folder / "dvc.yaml").write_text(text.replace("sh stage.sh > first.txt", "cd ."))
    outcome = clones.run(order(stored), "a")
    assert (outcome.code, outcome.lost) == (1, "")
    assert "first.txt" in outcome.reason


def test_what_was_edited_after_the_snapshot_is_not_taken_for_it(stored):
    way = Clones.opened()
    (stored.folder / "stage.sh").write_text("echo edited\n")
    outcome = clones.run(order(stored, way=way), "a")
    assert outcome.reason == "stage.sh changed since the snapshot that its clone has"
    assert not outcome.lost


def test_a_remote_that_is_gone_loses_the_stage_and_a_full_one_refuses_the_snapshot(stored, tmp_path):
    made = order(stored)
    (tmp_path / "remote").rename(tmp_path / "elsewhere")
    outcome = clones.run(made, "a")
    assert "no such file" in outcome.lost
    (tmp_path / "remote").touch()
    with pytest.raises(UserError, match="a DVC remote that can be written for --clones, received: cannot pass"):
        Clones.opened()


def test_a_damaged_input_in_the_remote_loses_the_stage_rather_than_its_truth(stored):
    stored.dvc("repro", "first")
    made = order(stored, "prepare@a")
    (entry,) = (one for one in made.inputs if one.travels)
    assert entry.path == "first.txt"
    path = Path(stored.remote.url) / "files/md5" / entry.hash[:2] / entry.hash[2:]
    path.chmod(0o644)
    path.write_text("damaged")
    outcome = clones.run(made, "a")
    assert outcome.lost or outcome.reason
    assert not (clones.place(made.project) / "clones" / made.commit / "prepare-a.txt").exists()


def test_a_new_snapshot_takes_the_place_of_the_old_and_keeps_cache_and_checkpoints(stored):
    stored.do(
        "first",
        "mkdir -p .cnnbench/checkpoints; cd .cnnbench/checkpoints; echo x >> first; cat first >&2; exit 1",
    )
    clones.run(first := order(stored), "a")
    (stored.folder / "beside").touch()
    outcome = clones.run(second := order(stored), "a")
    assert first.commit != second.commit
    assert [path.name for path in (clones.place(first.project) / "clones").iterdir()] == [second.commit]
    assert logs(outcome)["logs/first.log"] == "x\nx\n"


def test_a_secret_among_a_stage_s_files_is_refused(stored):
    (stored.folder / "dvc.yaml").write_text(
        "stages:\n  one:\n    cmd: cp code/a a.txt\n    deps: [code]\n    outs: [a.txt]\n"
    )
    (stored.folder / "code").mkdir()
    (stored.folder / "code/a").touch()
    (stored.folder / "code/.env").write_text("hunter2")
    with pytest.raises(StageError, match=r"it reads code/\.env, which looks like a secret"):
        order(stored, "one")


def test_folders_files_that_git_ignores_and_parts_of_outputs_travel(stored):
    (stored.folder / "dvc.yaml").write_text("""stages:
  make: {cmd: mkdir -p out/sub && echo 1 > out/a && echo 2 > out/sub/b, outs: [out]}
  use: {cmd: cat do/x out/sub/b > used, deps: [do, out/sub], outs: [used]}
""")
    stored.dvc("repro", "make")
    (stored.folder / ".gitignore").write_text("/do\n/out\n")
    stored.do("x", "ignored\n")
    made = order(stored, "use")
    assert [(one.path, one.travels) for one in made.inputs] == [("do", True), ("out/sub", True)]
    assert clones.run(made, "a").code == 0
    root = clones.place(made.project) / "clones" / made.commit
    assert (root / "used").read_text() == "ignored\n2\n"
    assert not (root / "out/a").exists(), "only what is needed travels"


def test_a_clone_ends_with_its_worker(stored, tmp_path):
    stored.do("first", f"echo $$ > {tmp_path}/new; mv {tmp_path}/new {tmp_path}/pid; sleep 120")
    made = order(stored)
    child = os.fork()
    if child == 0:
        clones.run(made, "a")
        os._exit(0)
    until((tmp_path / "pid").exists)
    os.kill(child, 9)
    os.waitpid(child, 0)
    until(lambda: not is_alive(tmp_path / "pid"))


def test_an_ended_session_begins_nothing_and_a_folder_of_somebody_else_is_not_used(stored, monkeypatch):
    made = order(stored)
    clones.end(made.project, "over")
    with pytest.raises(InterruptedError, match="first is not begun any more"):
        clones.run(made, "over")
    monkeypatch.setattr(os, "getuid", lambda: 12345)
    with pytest.raises(PermissionError, match="belongs to somebody else: name another folder by CNNBENCH_CLONES"):
        clones.place("x")
