"""A real Dask scheduler and three worker processes, which die, fail and are left alone; dvc.lock is as serial's."""

import signal

import psutil
import pytest
from dask_cluster import Cluster
from mid_stage import ONCE, is_alive, until

from cnnbench.core.errors import UserError
from cnnbench.running.on_dask import Dask

pytest.importorskip("distributed", reason="the extra [dask] is not installed")
pytestmark = pytest.mark.filterwarnings("ignore")  # DVC's own
# goes on when its worker has been killed; before, since another may end it at once, it says which process it is
KILLS_ITS_WORKER = """pid=$$; echo $$ > orphan
until ps -o args= -p $pid | grep -q dask_worker; do pid=$(ps -o ppid= -p $pid | tr -d ' '); done
kill -9 $pid; sleep 60; echo late > work-w1.txt"""


@pytest.fixture(scope="module")
def processes(tmp_path_factory):
    cluster = Cluster(tmp_path_factory.mktemp("cluster"))
    yield cluster
    cluster.close()


@pytest.fixture
def cluster(processes):
    processes.fill()
    return processes


def test_three_workers_leave_what_serial_leaves(toy, cluster, tmp_path):
    serial = toy.copy(tmp_path / "serial")
    serial.dvc("repro")
    for number in range(3):  # at once
        others = " && ".join(f"[ -f here-{other} ]" for other in range(3))
        toy.do(f"work@w{number}", f"touch here-{number}; until {others}; do sleep 0.02; done")
    assert set(toy.bench(engine=Dask(cluster.address)).values()) == {"ran"}
    assert toy.lock() == serial.lock()
    assert sorted(toy.ran()) == sorted(serial.ran())
    assert toy.git("diff", "--cached") == serial.git("diff", "--cached")
    assert toy.stale() == {}
    assert set(toy.bench(engine=Dask(cluster.address)).values()) == {"unchanged"}


def test_what_a_killed_worker_ran_is_run_again_elsewhere_and_its_orphan_is_ended(toy, cluster, tmp_path):
    serial = toy.copy(tmp_path / "serial")
    serial.dvc("repro")
    toy.do("work@w1", ONCE.format(f"echo half > work-w1.txt; {KILLS_ITS_WORKER}"))
    assert set(toy.bench(engine=Dask(cluster.address)).values()) == {"ran"}
    assert sum(worker.poll() == -signal.SIGKILL for worker in cluster.workers) == 1
    assert not is_alive(toy.folder / "orphan")
    assert toy.ran().count("work@w1") == 2
    assert (toy.folder / "work-w1.txt").read_text() == "work@w1\n"
    assert toy.lock() == serial.lock()
    assert toy.stale() == {}


def test_what_failed_is_not_run_again_and_what_a_machine_ended_is(toy, cluster):
    toy.do("prepare@a", "exit 3")
    toy.do("work@w1", ONCE.format("kill -TERM $$"))
    states = toy.bench(engine=Dask(cluster.address))
    assert toy.ended["prepare@a"].reason == "exit code 3"
    assert {name for name, state in states.items() if state == "skipped"} == {"work@w0", "work@w2", "report"}
    assert states["work@w1"] == "ran"
    assert toy.notes.again == ["work@w1"]
    ran = toy.ran()
    assert (ran.count("prepare@a"), ran.count("work@w1")) == (1, 2)


def test_an_interrupt_ends_the_commands_and_leaves_the_workers(toy, cluster):
    toy.do("work@w0", ONCE.format("echo $$ > pid.new; mv pid.new pid; sleep 60"))
    process = toy.start("work@w0", engine=f"dask {cluster.address}")
    until((toy.folder / "pid").exists)
    process.terminate()
    process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGTERM
    until(lambda: not is_alive(toy.folder / "pid"))
    assert all(worker.poll() is None for worker in cluster.workers)
    assert toy.bench("work@w0", engine=Dask(cluster.address))["work@w0"] == "ran"


def test_what_goes_on_after_the_caller_was_killed_is_ended_by_the_next_call(toy, cluster):
    toy.do("work@w0", ONCE.format("echo $$ > pid.new; mv pid.new pid; sleep 60; echo late > work-w0.txt"))
    process = toy.start("work@w0", engine=f"dask {cluster.address}")
    until((toy.folder / "pid").exists)
    process.kill()
    process.communicate()
    assert is_alive(toy.folder / "pid")
    assert toy.bench("work@w0", engine=Dask(cluster.address))["work@w0"] == "ran"
    assert not is_alive(toy.folder / "pid")
    assert (toy.folder / "work-w0.txt").read_text() == "work@w0\n"


def test_a_scheduler_that_dies_loses_what_is_on_its_way_and_no_more(toy, tmp_path, monkeypatch):
    monkeypatch.setattr("cnnbench.running.on_dask._PATIENCE", 2.0)
    cluster = Cluster(tmp_path)
    try:
        cluster.fill()
        toy.do("work@w1", f"kill -9 {cluster._scheduler.pid}; sleep 60")
        states = toy.bench("work@w1", engine=Dask(cluster.address))
    finally:
        cluster.close()
    assert states == {"first": "ran", "prepare@b": "ran", "work@w1": "failed"}
    assert toy.ended["work@w1"].reason.endswith(", 3 times")
    assert "prepare@b" in toy.lock()


def test_each_worker_keeps_its_own_gpu(toy, cluster, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "of the caller")
    toy.do("first", 'echo "gpu: $CUDA_VISIBLE_DEVICES" > gpu; echo $DVC_ROOT >> gpu')
    toy.bench("first", engine=Dask(cluster.address))
    assert (toy.folder / "gpu").read_text() == f"gpu: \n{toy.folder}\n"


def test_no_worker_and_no_answer_are_one_line(tmp_path, monkeypatch):
    monkeypatch.setattr("cnnbench.running.on_dask._PATIENCE", 2.0)
    for address in ("tcp://127.0.0.1:1", "nonsense", "", "tcp://nosuch.invalid:8786", "tls://127.0.0.1:1", "x://1"):
        with pytest.raises(UserError, match=f"Expected the address of a Dask scheduler.*received '{address}': "):
            Dask(address)
    empty = Cluster(tmp_path)
    try:
        with pytest.raises(UserError, match=r"Expected a worker at tcp://.*, received none: start one"):
            Dask(empty.address)
    finally:
        empty.close()
    assert not psutil.pid_exists(empty._scheduler.pid)
