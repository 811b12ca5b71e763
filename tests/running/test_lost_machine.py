"""A true training in a clone, whose machine is lost with all that it has: another goes on from what the remote has."""

import contextlib
import shutil
import threading

import psutil
import pytest
from bench_process import Notes
from dask_cluster import Cluster
from mid_stage import until
from small_repository import MNIST, Repository

from cnnbench.running import execution
from cnnbench.running.checkpoint_copies import EVERY
from cnnbench.running.clones import PLACE, Clones
from cnnbench.running.on_dask import Dask

pytest.importorskip("distributed", reason="the extra [dask] is not installed")
pytestmark = pytest.mark.filterwarnings("ignore")  # DVC's own
TRAINING = f"train@{MNIST}"


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """One whose training lasts some epochs, with the records that it needs and a folder as remote."""
    monkeypatch.setenv("CNNBENCH_TRACKING", "later")
    (tmp_path / "repository").mkdir()
    repository = Repository.create(tmp_path / "repository")
    with repository.params() as params:
        params["runs"][MNIST]["quick"]["epochs"] = 8
    # an edit of the same size in the second of a commit is lost on git once DVC has written the index anew
    repository.commit("eight epochs")
    repository.dvc("remote", "add", "--default", "storage", str(tmp_path / "remote"))
    repository.dvc("repro", "settings", "cache@mnist")
    return repository


@pytest.fixture
def cluster(tmp_path):
    folder = tmp_path / "cluster"
    folder.mkdir()
    own = {"DVC_NO_ANALYTICS": "1", EVERY: "0"}
    cluster = Cluster(folder, lambda number: own | {PLACE: str(folder / f"worker-{number}")})
    cluster.fill()
    yield cluster
    cluster.close()


def lose_a_machine(cluster, copies):
    """Once a copy of the first checkpoint is in the remote, ends all processes of its machine, and removes its disk."""
    whole = f"worker-*/*/state/checkpoints/{MNIST}/[!.]*.npz"  # not the part of one that is being written
    until(lambda: any(cluster.folder.glob(whole)), 120)
    (kept,) = cluster.folder.glob(whole)
    disk = cluster.folder / kept.relative_to(cluster.folder).parts[0]
    processes = [cluster.all[int(disk.name.removeprefix("worker-"))]]
    processes += psutil.Process(processes[0].pid).children(recursive=True)
    trainings = [one for one in processes[1:] if "cnnbench.core.launch" in one.cmdline()]
    for training in trainings:
        training.suspend()  # it would soon be done
    try:
        until(lambda: any(copies.glob("*/*.npz")))
    finally:  # else the test would wait for a training that is suspended
        for process in processes:
            process.kill()
        psutil.wait_procs(processes[1:])
        shutil.rmtree(disk)
    return len(trainings)


def test_another_goes_on_and_dvc_lock_and_model_are_as_serial(repository, cluster, tmp_path):
    copies, serial = tmp_path / "remote/cnnbench/checkpoints", Repository(tmp_path / "serial")
    shutil.copytree(repository.folder, serial.folder, symlinks=True)
    lost, notes = [], Notes()
    thread = threading.Thread(target=lambda: lost.append(lose_a_machine(cluster, copies)))
    thread.start()
    with contextlib.chdir(repository.folder), execution.alone():
        engine = Dask(cluster.address, way=Clones.opened())
        ended = execution.execute([TRAINING], engine, notes)
    thread.join()
    assert lost == [1]
    assert {one.name: one.state for one in ended}[TRAINING] == "ran", ended
    log = (repository.folder / f".cnnbench/logs/{TRAINING}.log").read_text()
    assert any(f"resumes after epoch {epoch} of 8" in log for epoch in range(1, 8)), log
    assert not any(copies.glob("*/*"))
    serial.dvc("repro", TRAINING)
    assert (repository.folder / "dvc.lock").read_bytes() == (serial.folder / "dvc.lock").read_bytes()
    for name in ("model.keras", "history.csv"):
        path = f"models/{MNIST}/{name}"
        assert (repository.folder / path).read_bytes() == (serial.folder / path).read_bytes()
