"""Stages of kinds that DVC's run cache or git does not carry, through clones, against DVC alone."""

import contextlib
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from remotes import Folder

from cnnbench.running import snapshot
from cnnbench.running.clones import PLACE, Clones

pytestmark = pytest.mark.filterwarnings("ignore")  # DVC's own
KINDS = """stages:
  bare:
    cmd: echo 1
  ever:
    cmd: cp in ever.txt
    always_changed: true
    deps: [in]
    outs: [ever.txt]
  kept:
    cmd: cat in >> kept.txt
    deps: [in]
    outs: [{kept.txt: {persist: true}}]
  generated:
    cmd: 'echo "a: $(cat in)" > generated.yaml'
    deps: [in]
    outs: [generated.yaml]
  reads_generated:
    cmd: cp generated.yaml copy.txt
    params: [generated.yaml: [a]]
    outs: [copy.txt]
  reads_ignored:
    cmd: cp own.yaml own.txt
    params: [own.yaml: [b]]
    outs: [own.txt]
  reads_empty_folder:
    cmd: ls -A empty > list.txt
    deps: [empty]
    outs: [list.txt]
"""


class Worker:
    """One machine, played by threads."""

    count, gpus = 2, ()

    def __init__(self):
        self.way = Clones.opened()

    @contextlib.contextmanager
    def started(self, folder, session):
        with ThreadPoolExecutor(self.count) as executor:
            yield lambda made: executor.submit(self.way.pack(made, session))


@pytest.fixture
def remote(toy, tmp_path, monkeypatch):
    monkeypatch.setenv(PLACE, str(tmp_path / "worker"))
    folder = tmp_path / "remote"
    Folder(folder).add(toy)
    return folder


def test_each_kind_of_stage_leaves_what_serial_leaves(toy, remote, tmp_path):
    (toy.folder / "dvc.yaml").write_text(KINDS)
    (toy.folder / ".gitignore").write_text(".cnnbench\nown.yaml\n")
    (toy.folder / "own.yaml").write_text("b: 1\n")
    (toy.folder / "empty").mkdir()
    (toy.folder / "in").write_text("1\n")
    toy.git("add", ".")
    serial = toy.copy(tmp_path / "serial")
    for content in ("1\n", "2\n"):
        for one in (toy, serial):
            (one.folder / "in").unlink()
            (one.folder / "in").write_text(content)
        serial.dvc("repro")
        assert {*toy.bench(engine=Worker()).values()} <= {"ran", "unchanged"}
        assert toy.lock() == serial.lock()
        assert toy.git("diff", "--cached") == serial.git("diff", "--cached")


def test_outputs_that_git_does_not_ignore_yet_stay_out_of_the_snapshot(toy, remote):
    """DVC writes its .gitignore when all has gone well; in a clone it would find outputs that are git's."""
    toy.do("work@w1", "exit 1")
    (toy.folder / ".gitignore").write_text("ran.log\n.cnnbench\n")
    assert toy.bench("work@w0", "work@w1", engine=Worker())["work@w1"] == "failed"
    assert "?? first.txt" in toy.git("status", "--porcelain")
    names = [f"prepare-{letter}.txt" for letter in "ab"]
    with snapshot.taken(toy.folder, names) as (taken, _):
        assert taken.files.isdisjoint(names)
        assert {"first.txt", "stage.sh"} <= taken.files
    toy.do("work@w1", "true")
    (toy.folder / "stage.sh").write_text((toy.folder / "stage.sh").read_text() + "true\n")
    assert set(toy.bench("work@w0", "work@w1", engine=Worker()).values()) <= {"ran", "unchanged"}


def test_an_object_that_the_remote_has_lost_is_pushed_again(toy, remote):
    for times, state in ((1, "ran"), (3, "failed")):
        name = f"big{times}"  # a worker that has it already needs no remote
        (toy.folder / name).write_text(name)
        toy.dvc("add", name)
        stage = f"    cmd: cp {name} one\n    deps: [{name}]\n    outs: [one]\n"
        (toy.folder / "dvc.yaml").write_text(f"stages:\n  one:\n{stage}")
        engine = Worker()
        engine.way = Losing(engine.way, remote / "files", times)
        assert toy.bench("one", engine=engine)["one"] == state
        assert toy.notes.again == ["one"] * min(times, 2)
    assert re.fullmatch("cannot pass big3 from the remote: .*, 3 times", toy.ended["one"].reason)


class Losing:
    """A way to clones, on which objects get lost so many times."""

    def __init__(self, way, objects, times):
        self.exchange, self._way, self._objects, self._times = way.exchange, way, objects, times

    def pack(self, *arguments):
        for path in self._objects.rglob("*") if self._times else ():
            if path.is_file():
                path.unlink()
        self._times -= self._times > 0
        return self._way.pack(*arguments)
