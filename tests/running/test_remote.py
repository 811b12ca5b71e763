"""What a job is on another machine."""

import fcntl
import os
import subprocess
import sys
from dataclasses import replace

import pytest

from cnnbench.core.errors import UserError
from cnnbench.running import job, remote
from cnnbench.running.on_dask import Dask
from cnnbench.running.on_slurm import Slurm


@pytest.fixture
def made(tmp_path):
    commands = (("sh", "-c", "env > seen; kill -USR2 $$; sleep 0; cat output 2>/dev/null; echo new > output"),)
    outputs, folder = (str(tmp_path / "output"),), str(tmp_path)
    with job.ended_afterwards():  # else no command begins, where an earlier test has used that
        yield job.Job("a", commands, folder, dict(os.environ), outputs, tmp_path / "a.log", tmp_path / "locks/a.lock")


def test_gpus_are_the_machine_s_and_all_else_the_caller_s(made, monkeypatch, tmp_path):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3")
    monkeypatch.delenv("TMPDIR", raising=False)
    (tmp_path / "output").write_text("of an earlier try\n")
    given = {"PATH": os.environ["PATH"], "CUDA_VISIBLE_DEVICES": "0", "TMPDIR": "/of/the/caller", "OWN": "x"}
    with remote.Session.opened(tmp_path) as session:
        assert remote.run(replace(made, environment=given), session)[:3:2] == (0, "")
    seen = (tmp_path / "seen").read_text().splitlines()
    assert "CUDA_VISIBLE_DEVICES=3" in seen
    assert "OWN=x" in seen
    assert not any(line.startswith("TMPDIR=") for line in seen)
    assert made.log.read_text() == "", "what an earlier try has written is removed, and the warning of SLURM not heard"


def test_nothing_begins_after_its_session_or_without_the_repository(made, tmp_path):
    with remote.Session.opened(tmp_path) as session, remote.Session.opened(tmp_path) as later:
        with pytest.raises(InterruptedError, match="a is not begun any more"):
            remote.run(made, session)
        with pytest.raises(FileNotFoundError, match=r"/nowhere is not on .*: share its file system, or say --clones"):
            remote.run(replace(made, folder="/nowhere"), later)
    with pytest.raises(InterruptedError):
        remote.run(made, later)
    assert not (tmp_path / "seen").exists()


@pytest.mark.parametrize(("signal", "lost"), [("TERM", "its machine ended it by SIGTERM"), ("INT", "")])
def test_what_the_machine_ended_is_lost(made, tmp_path, signal, lost):
    with remote.Session.opened(tmp_path) as session:
        assert remote.run(replace(made, commands=(("sh", "-c", f"kill -{signal} $$"),)), session).lost == lost


def test_the_process_of_another_machine_is_waited_for_and_never_killed(made, monkeypatch):
    monkeypatch.setattr(job, "_LEASE", 0.3)
    monkeypatch.setattr(job, "_PATIENCE", 0.3)
    made.lock.parent.mkdir()
    with (
        made.lock.open("w") as lock,
        subprocess.Popen(["sleep", "60"], pass_fds=[lock.fileno()], start_new_session=True) as holder,
    ):
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.write(f"far-away {holder.pid}")
        lock.flush()
        with pytest.raises(TimeoutError, match=r"an earlier try of a still holds .*, on far-away: end it"):
            job.run(made)
        assert holder.poll() is None
        holder.kill()


def test_a_missing_package_is_one_line(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    monkeypatch.setitem(sys.modules, "submitit", None)
    with pytest.raises(UserError, match=r"the package distributed for --dask, .*`pip install 'cnnbench\[dask\]'`"):
        Dask("tcp://127.0.0.1:8786")
    with pytest.raises(UserError, match=r"the package submitit for --slurm, .*`pip install 'cnnbench\[slurm\]'`"):
        Slurm(1, "local", {})
