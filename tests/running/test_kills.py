"""What is killed: a stage's process, we with Ctrl-C and its kin, we without a warning."""

import signal

import pytest
from dvc.repo import Repo
from mid_stage import ONCE, is_alive, until

pytestmark = pytest.mark.filterwarnings("ignore")  # DVC's own


def test_a_stage_whose_process_was_killed_is_run_again_and_its_children_are_ended(toy):
    orphan = "sh -c 'echo $$ > orphan; sleep 60; echo late > work-w1.txt' & until [ -s orphan ]; do sleep 0.01; done"
    toy.do("work@w1", ONCE.format(f"{orphan}; kill -9 $$"))
    states = toy.bench("work@w1")
    assert states["work@w1"] == "ran"
    assert toy.notes.again == ["work@w1"]
    assert toy.ran() == ["first", "prepare@b", "work@w1", "work@w1"]
    assert not is_alive(toy.folder / "orphan")
    assert (toy.folder / "work-w1.txt").read_text() == "work@w1\n"


def test_one_that_is_killed_each_time_fails_in_the_end(toy):
    toy.do("work@w1", "kill -9 $$")
    assert toy.bench("work@w1")["work@w1"] == "failed"
    assert toy.ended["work@w1"].reason == "its process was killed, 3 times"
    assert toy.ran().count("work@w1") == 3


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupt_ends_all_and_the_next_call_goes_on(toy, number):
    for name in ("w0", "w1"):
        toy.do(
            f"work@{name}",
            f"if [ ! -f again ]; then echo $$ > pid-{name}.new; mv pid-{name}.new pid-{name}; sleep 60; fi",
        )
    process = toy.start(jobs=2)
    pids = [toy.folder / f"pid-{name}" for name in ("w0", "w1")]
    until(lambda: all(pid.exists() for pid in pids))
    process.send_signal(number)
    _, error = process.communicate(timeout=30)
    assert process.returncode == 128 + number
    assert error == "interrupted: run it again; what was finished is kept\n"
    assert not any(is_alive(pid) for pid in pids)
    assert "prepare@a" in toy.lock()
    toy.ran()
    (toy.folder / "again").touch()
    states = toy.bench()
    assert states["first"] == states["prepare@a"] == "unchanged"
    assert set(toy.ran()) == {"work@w0", "work@w1", "work@w2", "work@w3", "report"}
    assert toy.stale() == {}


def test_one_that_ignores_sigterm_is_killed(toy):
    toy.do("work@w0", "trap '' TERM; echo $$ > pid.new; mv pid.new pid; while true; do sleep 0.1; done")
    process = toy.start("work@w0")
    until((toy.folder / "pid").exists)
    process.terminate()
    process.communicate(timeout=30)
    until(lambda: not is_alive(toy.folder / "pid"))


def test_what_goes_on_after_we_were_killed_is_ended_before_the_stage_runs_again(toy):
    toy.do("work@w1", ONCE.format("echo $$ > pid.new; mv pid.new pid; sleep 60; echo late > work-w1.txt"))
    process = toy.start("work@w1")
    until((toy.folder / "pid").exists)
    process.kill()
    process.communicate()
    assert is_alive(toy.folder / "pid")
    assert "prepare@b" in toy.lock(), "what was finished is kept"
    assert toy.bench("work@w1") == {"first": "unchanged", "prepare@b": "unchanged", "work@w1": "ran"}
    assert not is_alive(toy.folder / "pid")
    assert (toy.folder / "work-w1.txt").read_text() == "work@w1\n"


@pytest.mark.parametrize("left", ["", '{"write": {"a', "[]"])
def test_what_a_kill_in_dvcs_own_writing_leaves_stops_nothing(toy, left):
    """A worker with a clone has no other who mends it."""
    toy.bench()
    for entry in (toy.folder / ".dvc/cache/runs").glob("*/*/*"):
        entry.unlink()
    (toy.folder / "dvc.lock").unlink()
    (toy.folder / ".dvc/tmp/rwlock").write_text(left)
    assert set(toy.bench().values()) == {"ran"}


def test_other_dvc_commands_work_meanwhile_but_not_on_what_runs(toy):
    toy.do("work@w1", "touch here; until [ -f go ]; do sleep 0.02; done")
    process = toy.start("work@w1")
    until((toy.folder / "here").exists)
    with Repo() as repo:
        assert "prepare@a" in repo.status("prepare@a")
    toy.dvc("repro", "prepare@a")
    toy.dvc("repro", "--single-item", "work@w1", code=255)  # busy
    (toy.folder / "go").touch()
    process.communicate()
    assert process.returncode == 0
    assert set(toy.bench("prepare@a", "work@w1").values()) == {"unchanged"}
    assert (toy.folder / ".cnnbench/logs/work@w1.log").exists()
