"""A pipeline of shell commands in a repository of its own, run by DVC and by us."""

import contextlib
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from bench_process import Notes
from dvc.cli import main as dvc
from ruamel.yaml import YAML

from cnnbench.running import execution
from cnnbench.running.engine import Here

PIPELINE = """
vars:
  - works: {}
stages:
  first:
    cmd: sh stage.sh > first.txt
    deps: [stage.sh]
    outs: [first.txt]
  prepare:
    foreach: [a, b]
    do:
      cmd: sh stage.sh > prepare-${item}.txt
      deps: [first.txt]
      outs: ["prepare-${item}.txt"]
  work:
    foreach: ${works}
    do:
      cmd: sh stage.sh > work-${key}.txt && mkdir -p sums && echo ${item.n} > sums/${key}.txt
      deps: [stage.sh, "prepare-${item.from}.txt"]
      params: ["works.${key}"]
      outs: ["work-${key}.txt", "sums/${key}.txt"]
  report:
    cmd: cat sums/*.txt > report.txt; sh stage.sh >> report.txt
    deps: [sums, stage.sh]
    outs: [report.txt]
"""
# how a stage behaves: a file of its name is a script, run once
SCRIPT = """echo $DVC_STAGE >> ran.log
if [ -f "do/$DVC_STAGE" ]; then . "./do/$DVC_STAGE"; fi
echo $DVC_STAGE
"""


class Toy:
    """The repository, which must be the working directory."""

    def __init__(self, folder):
        self.folder = folder
        self.notes = Notes()
        self.processes = []

    def dvc(self, *arguments, code=0):
        with contextlib.chdir(self.folder):
            assert dvc([*arguments, "--quiet"]) == code

    def bench(self, *targets, jobs=3, gpus=(), engine=None):
        """The states of the stages, by name."""
        self.notes = Notes()
        with contextlib.chdir(self.folder), execution.alone():
            ended = execution.execute(targets, engine or Here(jobs, gpus), self.notes)
        self.ended = {one.name: one for one in ended}
        return {one.name: one.state for one in ended}

    def start(self, *targets, jobs=2, engine="here"):
        """The same in a process of its own."""
        command = [sys.executable, Path(__file__).parent / "bench_process.py", str(jobs), engine, *targets]
        self.processes.append(subprocess.Popen(command, cwd=self.folder, stderr=subprocess.PIPE, text=True))
        return self.processes[-1]

    def params(self, **works):
        with (self.folder / "params.yaml").open("w") as file:
            YAML().dump({"works": works}, file)

    def do(self, stage, script):
        """Lets a stage run a script, each time."""
        (self.folder / "do").mkdir(exist_ok=True)
        (self.folder / "do" / stage).write_text(script)

    def ran(self):
        """The stages that ran since the last call, in order."""
        path = self.folder / "ran.log"
        names = path.read_text().split() if path.exists() else []
        path.unlink(missing_ok=True)
        return names

    def lock(self):
        return (self.folder / "dvc.lock").read_text()

    def git(self, *arguments):
        done = subprocess.run(["git", *arguments], cwd=self.folder, capture_output=True, text=True, check=True)
        return done.stdout

    def stale(self):
        with contextlib.chdir(self.folder):
            from dvc.repo import Repo

            with Repo() as repo:
                return repo.status()

    def copy(self, folder):
        """A copy of everything as it stands, for DVC to run beside."""
        shutil.copytree(self.folder, folder, symlinks=True)
        return Toy(folder)


@pytest.fixture
def toy(tmp_path, monkeypatch):
    monkeypatch.setenv("DVC_NO_ANALYTICS", "1")
    monkeypatch.setenv("DVC_SITE_CACHE_DIR", str(tmp_path / "site"))
    folder = tmp_path / "toy"
    folder.mkdir()
    monkeypatch.chdir(folder)
    toy = Toy(folder)
    toy.git("init", "--quiet", "--initial-branch=main")
    for name in ("user.name", "user.email"):
        toy.git("config", name, "t@t")
    toy.dvc("init")
    toy.dvc("config", "core.autostage", "true")
    (folder / "dvc.yaml").write_text(PIPELINE)
    (folder / "stage.sh").write_text(SCRIPT)
    (folder / ".dvcignore").write_text(".gitignore\n")
    (folder / ".gitignore").write_text("ran.log\n.cnnbench\n/do\n")
    toy.params(**{f"w{number}": {"from": "ab"[number % 2], "n": number} for number in range(4)})
    toy.git("add", ".")
    toy.git("commit", "--quiet", "--message", "start")
    yield toy
    for process in toy.processes:
        process.terminate()  # of a test that failed
        process.wait()
        process.stderr.close()
