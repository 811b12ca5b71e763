"""A remote as README sets it, with a folder and a real S3-compatible server: what is pushed is in a clone."""

import re
import shlex
from pathlib import Path

import pytest
from remotes import ENVIRONMENT, Bucket, Folder, s3_server

pytestmark = pytest.mark.filterwarnings("ignore")  # DVC's own
README = Path(__file__).parents[2] / "README.md"


def lines():
    """README's lines that set a remote, each as its words, by what they name."""
    found = re.findall(r"^    dvc (remote add .*?)(?:#.*)?$", README.read_text(), re.MULTILINE)
    words = [shlex.split(line) for line in found]
    return {one[-1].partition("://")[0] if "://" in one[-1] else "folder": one for one in words}


def test_dvc_takes_each_of_the_three_lines(toy):
    assert set(lines()) == {"folder", "s3", "ssh"}
    for line in lines().values():
        toy.dvc(*line)
        toy.dvc("remote", "remove", "storage")


@pytest.mark.parametrize("kind", ["folder", "s3"])
def test_what_is_pushed_is_pulled_elsewhere_and_nothing_is_run_there(kind, toy, tmp_path, monkeypatch):
    with s3_server() as address:
        remote = Folder(tmp_path / "remote") if kind == "folder" else Bucket(address)
        toy.dvc(*lines()[kind][:-1], remote.url)
        if kind == "s3":
            for name, value in ENVIRONMENT.items():
                monkeypatch.setenv(name, value)
            toy.dvc("remote", "modify", "storage", "endpointurl", address)
        toy.dvc("repro")
        toy.dvc("push", "--run-cache")
        toy.git("add", ".")
        toy.git("commit", "--quiet", "--message", "results")
        clone = type(toy)(tmp_path / "clone")
        toy.git("clone", "--quiet", ".", str(clone.folder))
        clone.dvc("pull")
        assert (clone.folder / "report.txt").read_text() == (toy.folder / "report.txt").read_text()
        assert set(clone.bench().values()) == {"unchanged"}
        (clone.folder / "dvc.lock").unlink()
        clone.dvc("fetch", "--run-cache", code=0)
        assert set(clone.bench().values()) == {"restored"}
        assert clone.ran() == []
        assert clone.lock() == toy.lock()
