"""Machines that share nothing but a DVC remote: a real Dask scheduler and three workers, each with clones of its own."""

import contextlib
import signal

import pytest
from dask_cluster import Cluster
from mid_stage import is_alive, until
from remotes import KEYS, add_bucket, s3_server

from cnnbench.running.clones import PLACE, Clones
from cnnbench.running.on_dask import Dask

pytest.importorskip("distributed", reason="the extra [dask] is not installed")
pytestmark = pytest.mark.filterwarnings("ignore")  # DVC's own


@pytest.fixture(scope="module")
def address():
    with s3_server() as address:
        yield address


@pytest.fixture(scope="module")
def processes(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cluster")
    environment = {"PATH": "/usr/bin:/bin", "DVC_NO_ANALYTICS": "1", "DVC_SITE_CACHE_DIR": str(folder / "site"), **KEYS}
    cluster = Cluster(folder, lambda number: environment | {PLACE: str(folder / f"worker-{number}")})
    yield cluster
    cluster.close()


@pytest.fixture
def cluster(processes):
    processes.fill()
    return processes


@pytest.fixture(params=["folder", "s3"])
def toy(toy, request, tmp_path):
    """With a remote, and stages whose scripts are in the snapshot."""
    if request.param == "folder":
        (tmp_path / "remote").mkdir()
        toy.dvc("remote", "add", "--default", "storage", str(tmp_path / "remote"))
    else:
        add_bucket(toy, request.getfixturevalue("address"))
    (toy.folder / ".gitignore").write_text("ran.log\n.cnnbench\n")
    toy.git("add", ".")
    toy.git("commit", "--quiet", "--message", "a remote")
    return toy


def bench(toy, cluster, *targets):
    with contextlib.chdir(toy.folder):
        engine = Dask(cluster.address, way=Clones.opened())
    return toy.bench(*targets, engine=engine)


def logs(cluster, stage):
    return {
        path.parents[3].name: path.read_text() for path in cluster.folder.glob(f"worker-*/*/state/logs/{stage}.log")
    }


def test_workers_leave_what_serial_leaves_though_one_is_killed(toy, cluster, tmp_path):
    serial = toy.copy(tmp_path / "serial")
    serial.dvc("repro")
    (toy.folder / "stage.sh").write_text((toy.folder / "stage.sh").read_text() + "echo uncommitted >&2\n")
    (serial.folder / "stage.sh").write_text((toy.folder / "stage.sh").read_text())
    serial.dvc("repro")
    once = tmp_path / "once"
    toy.do(
        "work@w1",
        f"if mkdir {once}; then echo $$ > {once}/pid.new; mv {once}/pid.new {once}/pid; echo epoch 3 >&2; sleep 60; fi",
    )
    before = toy.git("status", "--porcelain"), toy.git("diff", "--cached"), toy.git("rev-parse", "HEAD")

    import threading

    killed = []

    def kill():
        until(lambda: any("epoch 3" in text for text in logs(cluster, "work@w1").values()))
        (name,) = (name for name, text in logs(cluster, "work@w1").items() if "epoch 3" in text)
        killed.append(cluster.workers[int(name.removeprefix("worker-"))])
        killed[0].kill()

    thread = threading.Thread(target=kill)
    thread.start()
    states = bench(toy, cluster)
    thread.join()
    assert killed[0].wait() == -signal.SIGKILL
    assert set(states.values()) == {"ran"}
    assert toy.lock() == serial.lock()
    until(lambda: not is_alive(once / "pid"))
