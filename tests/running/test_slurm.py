"""submitit's local executor, whose processes play SLURM's jobs: one is killed, one is cut off by a time limit."""

import os
import signal
import sys
from pathlib import Path

import played_slurm
import psutil
import pytest
import remotes
from mid_stage import ONCE, is_alive, until

from cnnbench.core.errors import UserError
from cnnbench.running import clones
from cnnbench.running.on_slurm import Slurm

pytest.importorskip("submitit", reason="the extra [slurm] is not installed")
pytestmark = pytest.mark.filterwarnings("ignore")  # DVC's own
# the job's own process, and not the one that watches it in place of SLURM
FIND = """pid=$$
until ps -o args= -p $pid | grep -q submitit.core._submit; do pid=$(ps -o ppid= -p $pid | tr -d ' '); done
"""
MARK = "echo $$ > pid.new; mv pid.new pid"


@pytest.fixture(autouse=True)
def imports(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))


def local(count=3, **parameters):
    return Slurm(count, "local", {"timeout_min": 30, **parameters})


def test_jobs_leave_what_serial_leaves_and_no_environment(toy, tmp_path):
    serial = toy.copy(tmp_path / "serial")
    serial.dvc("repro")
    assert set(toy.bench(engine=local()).values()) == {"ran"}
    assert toy.lock() == serial.lock()
    assert sorted(toy.ran()) == sorted(serial.ran())
    assert toy.stale() == {}
    place = toy.folder / ".cnnbench/slurm"
    assert not list(place.glob("*.pkl"))
    assert place.stat().st_mode & 0o077 == 0
    assert set(toy.bench(engine=local()).values()) == {"unchanged"}


def test_a_job_that_was_killed_is_run_again_and_its_orphan_is_ended(toy, tmp_path):
    serial = toy.copy(tmp_path / "serial")
    serial.dvc("repro")
    script = f"echo half > work-w1.txt; echo $$ > orphan\n{FIND}kill -9 $pid; sleep 60; echo late > work-w1.txt"
    toy.do("work@w1", ONCE.format(script))
    assert set(toy.bench(engine=local()).values()) == {"ran"}
    assert toy.notes.again == ["work@w1"]
    assert not is_alive(toy.folder / "orphan")
    assert toy.ran().count("work@w1") == 2
    assert (toy.folder / "work-w1.txt").read_text() == "work@w1\n"
    assert toy.lock() == serial.lock()


def test_in_clones_a_job_that_was_killed_is_run_again(toy, tmp_path, monkeypatch):
    serial = toy.copy(tmp_path / "serial")
    serial.dvc("repro")
    remotes.Folder(tmp_path / "remote").add(toy)
    (toy.folder / ".gitignore").write_text("ran.log\n.cnnbench\n")
    monkeypatch.setenv(clones.PLACE, str(tmp_path / "nodes"))
    once = tmp_path / "once"
    toy.do("work@w1", f"if mkdir {once}; then echo $$ > {once}/pid\n{FIND}kill -9 $pid; sleep 600; fi")
    way = clones.Clones.opened()
    assert set(toy.bench(engine=Slurm(3, "local", {"timeout_min": 30}, way)).values()) == {"ran"}, toy.ended
    assert toy.notes.again == ["work@w1"]
    until(lambda: not is_alive(once / "pid"))
    assert not toy.ran(), "nothing runs here"
    assert toy.lock() == serial.lock()


def test_at_the_time_limit_the_command_is_ended_and_goes_on_from_its_checkpoint(toy):
    """As a training does, which keeps its checkpoint outside its outputs."""
    toy.do(
        "work@w1",
        f"""if [ ! -f checkpoint ]; then
trap 'echo epoch 7 > checkpoint; exit 143' TERM
{FIND}kill -USR2 $pid $$ $PPID
while true; do sleep 0.05; done
fi
cat checkpoint >> resumed""",
    )
    assert toy.bench("work@w1", engine=local())["work@w1"] == "ran"
    assert (toy.folder / "resumed").read_text() == "epoch 7\n"
    assert toy.notes.again == [], "the job is put into the queue again, and is no other"
    assert toy.ran().count("work@w1") == 2


def test_what_failed_is_not_run_again(toy):
    toy.do("prepare@a", "exit 3")
    states = toy.bench(engine=local())
    assert toy.ended["prepare@a"].reason == "exit code 3"
    assert {name for name, state in states.items() if state == "skipped"} == {"work@w0", "work@w2", "report"}
    assert toy.ran().count("prepare@a") == 1


def test_an_interrupt_cancels_the_jobs(toy):
    toy.do("work@w0", ONCE.format(f"{MARK}; sleep 60"))
    process = toy.start("work@w0", engine="slurm")
    until((toy.folder / "pid").exists)
    process.terminate()
    process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGTERM
    until(lambda: not is_alive(toy.folder / "pid"))
    assert toy.bench("work@w0", engine=local())["work@w0"] == "ran"


def test_what_goes_on_after_the_caller_was_killed_is_ended_by_the_next_call(toy):
    toy.do("work@w0", ONCE.format(f"{MARK}; sleep 60; echo late > work-w0.txt"))
    process = toy.start("work@w0", engine="slurm")
    until((toy.folder / "pid").exists)
    process.kill()
    process.wait()  # its jobs keep its stderr open
    assert is_alive(toy.folder / "pid")
    assert toy.bench("work@w0", engine=local())["work@w0"] == "ran"
    assert not is_alive(toy.folder / "pid")
    assert (toy.folder / "work-w0.txt").read_text() == "work@w0\n"
    assert toy.notes.again == []
    jobs = [one for one in psutil.process_iter(["cmdline"]) if str(toy.folder) in " ".join(one.info["cmdline"] or [])]
    psutil.wait_procs(jobs, timeout=30)


@pytest.fixture
def slurm(tmp_path, monkeypatch):
    """A queue whose commands are played."""
    import submitit

    folder = tmp_path / "slurm"
    folder.mkdir()
    played_slurm.install(folder)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("PLAYED_SLURM", str(folder / "jobs"))
    monkeypatch.setattr("cnnbench.running.on_slurm._SLOW", 0.0)
    monkeypatch.setattr(submitit.SlurmJob.watcher, "_delay_s", 1)
    return folder / "jobs"


def queue(**parameters):
    return Slurm(3, "slurm", {"timeout_min": 30, "cpus_per_task": 1, **parameters})


def test_the_commands_of_slurm(toy, slurm, tmp_path):
    serial = toy.copy(tmp_path / "serial")
    serial.dvc("repro")
    asked = {
        "gpus_per_node": 1,
        "slurm_partition": "gpu",
        "mem_gb": 16,
        "slurm_additional_parameters": {"account": "x"},
    }
    toy.do("first", "echo $CUDA_VISIBLE_DEVICES > gpu")
    assert set(toy.bench(engine=queue(**asked)).values()) == {"ran"}
    assert toy.lock() == serial.lock()
    assert (toy.folder / "gpu").read_text() == "of the job\n"
    lines = min(slurm.iterdir()).joinpath("script").read_text().splitlines()
    expected = {"partition=gpu", "gpus-per-node=1", "mem=16GB", "account=x", "time=30", "signal=USR2@90"}
    assert {f"#SBATCH --{option}" for option in expected} <= set(lines)
    assert len(list(slurm.iterdir())) == 8


def test_a_node_fails_and_a_time_limit_comes_in_slurm(toy, slurm):
    toy.do("work@w1", ONCE.format(f"{FIND}kill -9 $pid; sleep 60"))
    toy.do("work@w0", f"if [ ! -f limit ]; then touch limit\n{FIND}kill -USR2 $pid; sleep 60; fi")
    assert set(toy.bench(engine=queue()).values()) == {"ran"}
    assert toy.notes.again == ["work@w1"]
    assert len(list(slurm.iterdir())) == 9


def test_a_killed_caller_s_jobs_are_cancelled_by_the_next_call(toy, slurm):
    toy.do("work@w0", ONCE.format(f"{MARK}; sleep 60"))
    process = toy.start("work@w0", engine="slurm slurm")
    until((toy.folder / "pid").exists)
    process.kill()
    process.wait()
    assert toy.bench("work@w0", engine=queue())["work@w0"] == "ran"
    assert len(list(slurm.glob("*/cancelled"))) == 1
    assert not is_alive(toy.folder / "pid")


def test_sbatch_refuses(toy, slurm):
    (slurm.parent / "sbatch").write_text(
        "#!/bin/sh\necho 'sbatch: error: invalid partition specified: gpu' >&2\nexit 1\n"
    )
    assert toy.bench("first", engine=queue())["first"] == "failed"
    assert "invalid partition" in toy.ended["first"].reason


def test_no_slurm_here_is_one_line(toy, monkeypatch):
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent))
    with pytest.raises(UserError, match="Expected SLURM on this machine and parameters that it has, received: "):
        toy.bench("first", engine=Slurm(1, "slurm", {"timeout_min": 30}))
    with pytest.raises(UserError, match="Expected SLURM on this machine and parameters that it has, received: "):
        toy.bench("first", engine=Slurm(1, "local", {"timeout_min": 30, "nosuch": 1}))
