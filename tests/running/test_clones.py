"""Machines that share nothing but DVC's remote: a real Dask scheduler, and three workers with clones of their own."""

import contextlib
import shutil
import signal
import subprocess
import threading

import pytest
from dask_cluster import Cluster
from mid_stage import is_alive, until
from remotes import ENVIRONMENT, KEY, Bucket, Folder, s3_server

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
    own = {"PATH": "/usr/bin:/bin", "DVC_NO_ANALYTICS": "1", "DVC_SITE_CACHE_DIR": str(folder / "site"), **ENVIRONMENT}
    cluster = Cluster(folder, lambda number: own | {PLACE: str(folder / f"worker-{number}")})
    yield cluster
    cluster.close()


@pytest.fixture
def cluster(processes):
    processes.fill()
    return processes


@pytest.fixture
def clones(toy):
    """A way to run the pipeline in clones, whose stages' scripts are in the snapshot."""
    return Benches(toy)


class Benches:
    def __init__(self, toy):
        self.toy, self.place = toy, None
        (toy.folder / ".gitignore").write_text("ran.log\n.cnnbench\n")

    def bench(self, cluster, *targets):
        with contextlib.chdir(self.toy.folder):
            way = Clones.opened()
            self.place = way.snapshot.project
            return self.toy.bench(*targets, engine=Dask(cluster.address, way=way))

    def found(self, cluster, pattern):
        """Files of the workers for this repository, each with the number of its worker."""
        paths = cluster.folder.glob(f"worker-*/{self.place}/{pattern}") if self.place else ()
        return {path: int(path.relative_to(cluster.folder).parts[0].removeprefix("worker-")) for path in paths}


@pytest.mark.parametrize("kind", ["folder", "s3"])
def test_three_workers_leave_what_serial_leaves_though_one_is_killed(kind, toy, clones, cluster, tmp_path, request):
    remote = Folder(tmp_path / "remote") if kind == "folder" else Bucket(request.getfixturevalue("address"))
    remote.add(toy)
    toy.git("commit", "--quiet", "--all", "--message", "a remote")
    (toy.folder / "stage.sh").write_text((toy.folder / "stage.sh").read_text() + "true uncommitted\n")
    (toy.folder / ".env").write_text(KEY[1])
    serial = toy.copy(tmp_path / "serial")
    serial.dvc("repro")
    once = tmp_path / "once"
    script = f"if mkdir {once}; then echo $$ > {once}/new; mv {once}/new {once}/pid; echo epoch 3 >&2; sleep 600; fi"
    toy.do("work@w1", script)
    head, status = toy.git("rev-parse", "HEAD"), toy.git("status", "--porcelain")
    killed = []

    def kill_in_mid_training():
        log = "state/logs/work@w1.log"
        until(lambda: any("epoch 3" in path.read_text() for path in clones.found(cluster, log)), 600)
        (number,) = (number for path, number in clones.found(cluster, log).items() if "epoch 3" in path.read_text())
        killed.append(cluster.all[number])
        killed[0].kill()

    with until_done(kill_in_mid_training):
        states = clones.bench(cluster)
    assert killed[0].wait() == -signal.SIGKILL
    until(lambda: not is_alive(once / "pid"))
    assert set(states.values()) == {"ran"}
    assert toy.lock() == serial.lock()
    assert toy.stale() == {}
    assert not toy.ran(), "nothing runs here"
    assert len(set(clones.found(cluster, "clones/*/ran.log").values())) == 3
    assert toy.git("diff", "--cached", "dvc.lock") == serial.git("diff", "--cached", "dvc.lock")
    assert toy.git("rev-parse", "HEAD") == head
    assert set(status.splitlines()) <= set(toy.git("status", "--porcelain").splitlines())
    assert "epoch 3" not in (toy.folder / ".cnnbench/logs/work@w1.log").read_text(), "the second try's log came home"
    contents = remote.contents()
    for content in (*contents.values(), *unbundled(contents, tmp_path)):
        assert KEY[1].encode() not in content
        assert KEY[0].encode() not in content
    # whoever has the remote has the results, and only what is missing travels
    shutil.rmtree(toy.folder / ".dvc/cache")
    for path in toy.folder.glob("*.txt"):
        path.unlink()
    (toy.folder / "dvc.lock").unlink()
    assert set(clones.bench(cluster).values()) == {"restored"}
    assert toy.lock() == serial.lock()
    new = remote.contents().keys() - contents.keys()
    assert all(name.startswith("cnnbench/") for name in new), "a snapshot, as there are .gitignore files now"


@contextlib.contextmanager
def until_done(work):
    """Does it beside the block, and waits for it."""
    thread = threading.Thread(target=work)
    thread.start()
    yield
    thread.join()


def unbundled(contents, folder):
    """The files of the snapshots in a remote, one by one: in their bundles they are compressed."""
    for name, content in contents.items():
        if name.endswith(".bundle"):
            (folder / "bundle").write_bytes(content)
            clone = folder / name.replace("/", "-")
            subprocess.run(["git", "clone", "--quiet", "--branch", "snapshot", folder / "bundle", clone], check=True)
            found = [path for path in clone.rglob("*") if path.is_file() and ".git" not in path.parts]
            assert clone / "stage.sh" in found
            assert clone / ".env" not in found
            yield from (path.read_bytes() for path in found)


def test_what_failed_is_not_run_again_and_says_why(toy, clones, cluster, tmp_path):
    Folder(tmp_path / "remote").add(toy)
    toy.do("prepare@a", f"echo x >> {tmp_path}/tries; echo of no use >&2; exit 3")
    toy.do("work@w1", f"echo x >> {tmp_path}/others; kill -TERM $$")
    states = clones.bench(cluster, "prepare@a", "work@w1")
    assert states["prepare@a"] == states["work@w1"] == "failed"
    assert toy.ended["prepare@a"].reason == "exit code 3"
    assert toy.ended["prepare@a"].log.read_text() == "of no use\n"
    assert (tmp_path / "tries").read_text() == "x\n"
    assert toy.ended["work@w1"].reason == "its machine ended it by SIGTERM, 3 times"
    assert (tmp_path / "others").read_text() == "x\n" * 3


def test_what_dvc_lock_has_of_other_parameters_is_not_taken_for_the_result(toy, clones, cluster, tmp_path):
    toy.dvc("repro")
    toy.ran()
    Folder(tmp_path / "remote").add(toy)
    toy.params(**{f"w{number}": {"from": "ab"[number % 2], "n": number + 7 * (number == 1)} for number in range(4)})
    serial = toy.copy(tmp_path / "serial")
    serial.dvc("repro")
    states = clones.bench(cluster)
    assert {name for name, state in states.items() if state == "ran"} == {"work@w1", "report"}
    assert (toy.folder / "sums/w1.txt").read_text() == "8\n"
    assert toy.lock() == serial.lock()


def test_a_stage_that_must_runs_here(toy, clones, cluster, tmp_path):
    Folder(tmp_path / "remote").add(toy)
    text = (toy.folder / "dvc.yaml").read_text()
    (toy.folder / "dvc.yaml").write_text(text.replace("  first:\n", "  first:\n    meta: {clone: never}\n"))
    assert set(clones.bench(cluster, "work@w1").values()) == {"ran"}
    assert toy.ran() == ["first"]
    assert toy.stale().keys() == {"report", "prepare@a", "work@w0", "work@w2", "work@w3"}
