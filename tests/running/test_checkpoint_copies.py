"""What a killed machine leaves of a stage in the remote, and what the next one makes of it: with toy checkpoints."""

import os
import shutil
from pathlib import Path

import pytest
from remotes import ENVIRONMENT, Bucket, Folder, s3_server

from cnnbench.core.errors import UserError
from cnnbench.running import checkpoint_copies, clones, job
from cnnbench.running.clones import Clones
from cnnbench.running.execution import FOLDER
from cnnbench.running.pipeline import Pipeline
from cnnbench.running.remote import Session

pytestmark = pytest.mark.filterwarnings("ignore")  # DVC's own
# a training that says where it begins, and keeps a checkpoint
TRAINING = """c=.cnnbench/checkpoints/w1
mkdir -p $c
if [ -f $c/own ]; then echo "resumes after $(cat $c/own)"; else echo starts; fi >> %(said)s
echo %(epoch)s > $c/.cnnbench.1.1.part; mv $c/.cnnbench.1.1.part $c/own
%(then)s
rm $c/own"""


@pytest.fixture(scope="module")
def address():
    with s3_server() as address:
        yield address


@pytest.fixture(params=["folder", "s3"])
def stored(request, toy, tmp_path, monkeypatch):
    """A repository with a stage that keeps checkpoints, a remote, and a first machine's folder."""
    monkeypatch.setenv("PYTHONPATH", str(Path(clones.__file__).parents[2]))
    monkeypatch.setenv(checkpoint_copies.EVERY, "0")
    (toy.folder / ".gitignore").write_text("ran.log\n.cnnbench\n")
    text = (toy.folder / "dvc.yaml").read_text()
    (toy.folder / "dvc.yaml").write_text(
        text.replace(
            "foreach: ${works}\n    do:\n",
            'foreach: ${works}\n    do:\n      meta: {checkpoints: ".cnnbench/checkpoints/${key}"}\n',
        )
    )
    if request.param == "s3":
        for name, value in ENVIRONMENT.items():
            monkeypatch.setenv(name, value)
    toy.remote = (
        Folder(tmp_path / "remote") if request.param == "folder" else Bucket(request.getfixturevalue("address"))
    )
    toy.remote.add(toy)
    toy.dvc("repro", "prepare@a", "prepare@b")
    with job.ended_afterwards():
        yield toy


def on(machine, toy, monkeypatch, tmp_path, name="work@w1"):
    """Runs the stage on a machine with a folder of its own."""
    monkeypatch.setenv(clones.PLACE, str(tmp_path / machine))
    way = Clones.opened()
    with Pipeline(way.exchange) as pipeline, Session.opened(toy.folder) as session:
        stage = next(one for one in pipeline.plan([name]) if pipeline.name(one) == name)
        packed = way.pack(pipeline.prepare(stage, FOLDER, {}), session)
    return clones.run(packed.args[0], "a")


def copies(toy):
    return {name: content for name, content in toy.remote.contents().items() if "/checkpoints/" in name}


def trains(toy, tmp_path, epoch, then):
    toy.do("work@w1", f". {tmp_path}/training")  # outside: the stage's inputs stay the same
    (tmp_path / "training").write_text(TRAINING % {"said": tmp_path / "said", "epoch": epoch, "then": then})


def test_another_machine_goes_on_and_nothing_is_left(stored, monkeypatch, tmp_path):
    trains(stored, tmp_path, "epoch 2", "kill -9 $$")
    assert on("one", stored, monkeypatch, tmp_path).lost == "its process was killed"
    assert list(copies(stored).values()) == [b"epoch 2\n"]
    shutil.rmtree(tmp_path / "one")
    trains(stored, tmp_path, "epoch 3", "kill -9 $$")
    assert on("two", stored, monkeypatch, tmp_path).lost
    assert list(copies(stored).values()) == [b"epoch 3\n"], "the older one is not kept"
    trains(stored, tmp_path, "epoch 4", "true")
    assert on("three", stored, monkeypatch, tmp_path)[:3:2] == (0, "")
    assert (tmp_path / "said").read_text().splitlines() == [
        "starts",
        "resumes after epoch 2",
        "resumes after epoch 3",
    ]
    assert copies(stored) == {}


@pytest.mark.parametrize("stored", ["folder"], indirect=True)
def test_one_of_other_parameters_is_not_found(stored, monkeypatch, tmp_path):
    trains(stored, tmp_path, "epoch 2", "kill -9 $$")
    assert on("one", stored, monkeypatch, tmp_path).lost
    stored.params(w1={"from": "b", "n": 7})
    assert on("two", stored, monkeypatch, tmp_path).lost
    assert (tmp_path / "said").read_text() == "starts\nstarts\n"
    assert len(copies(stored)) == 2


@pytest.mark.parametrize("stored", ["folder"], indirect=True)
def test_the_later_of_two_is_taken_and_half_of_one_never(stored, monkeypatch, tmp_path):
    trains(stored, tmp_path, "epoch 2", "kill -9 $$")
    assert on("one", stored, monkeypatch, tmp_path).lost
    (copy,) = Path(stored.remote.url).glob("cnnbench/checkpoints/*/*")
    copy.with_name("abcd.tmp").write_text("ep")  # as DVC's file system leaves it where it was killed
    own = next(tmp_path.glob("one/*/state/checkpoints/w1/own"))
    own.write_text("epoch 9\n")
    trains(stored, tmp_path, "epoch 5", "kill -9 $$")
    assert on("one", stored, monkeypatch, tmp_path).lost, "this machine's is newer than its copy"
    ahead = copy.with_name(f"{2**62}.own")
    ahead.write_text("epoch 6\n")  # of a machine whose clock is ahead
    assert on("one", stored, monkeypatch, tmp_path).lost
    assert (tmp_path / "said").read_text().splitlines()[1:] == ["resumes after epoch 9", "resumes after epoch 6"]
    assert {path.name for path in copy.parent.iterdir()} == {"abcd.tmp", f"{2**62 + 1}.own"}


@pytest.mark.parametrize("stored", ["folder"], indirect=True)
def test_it_is_there_while_the_stage_runs_and_a_remote_that_fails_does_not_stop_it(stored, monkeypatch, tmp_path):
    place = Path(stored.remote.url, "cnnbench/checkpoints")
    seen = f"ls {place}/*/*.own > /dev/null 2>&1"
    # then its place is no folder any more
    trains(stored, tmp_path, "epoch 2", f"until {seen}; do sleep 0.05; done; rm -r {place}; touch {place}; sleep 1")
    assert on("one", stored, monkeypatch, tmp_path)[:3:2] == (0, "")


def test_the_time_between_two_copies(tmp_path, monkeypatch):
    class Remote:
        def __init__(self):
            self.there = []

        def path(self, *names):
            return "/".join(names)

        def join(self, *names):
            return "/".join(names)

        def name(self, path):
            return path.rpartition("/")[2]

        def find(self, folder):
            return sorted(self.there)

        def put(self, file, path):
            self.there.append(path)

        def remove(self, path):
            self.there.remove(path)

    remote, folder = Remote(), tmp_path / "kept"
    folder.mkdir()

    def write(time):
        (folder / "own").write_text("x")
        os.utime(folder / "own", ns=(time, time))

    copies = checkpoint_copies.CheckpointCopies(remote, "key", folder)
    copies.fetch()
    for time in (1, 2):
        write(time)
        copies.update()
        assert remote.there == ["cnnbench/checkpoints/key/1.own"], "a minute has not gone by"
    copies.update(now=True)
    assert remote.there == ["cnnbench/checkpoints/key/2.own"]
    monkeypatch.setenv(checkpoint_copies.EVERY, "soon")
    with pytest.raises(UserError, match="Expected a number of seconds in CNNBENCH_CHECKPOINT_SECONDS, received 'soon'"):
        copies.fetch()
