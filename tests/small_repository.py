"""A copy of this repository with three small runs, and a way to type commands in it."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from dvc.repo import Repo
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[1]
MNIST, HOUSING, FILMS = "mnist-mnist_cnn", "boston_housing-conv1d", "chest_films-chest_cnn"
RUNS, DATASETS = (MNIST, HOUSING, FILMS), ("mnist", "boston_housing", "chest_films")
PEOPLE = {f"GIT_{who}_{what}": "t@t" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}


class Repository:
    """A folder with this repository in it, and a way to type commands there."""

    def __init__(self, folder, cache=None):
        self.folder = folder
        self.cache = cache or folder / ".dvc/cache"

    @classmethod
    def create(cls, folder):
        """Copies this repository with three small runs and an environment in .venv, as `make install` leaves it."""
        listed = subprocess.run(
            ["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True
        )
        for name in listed.stdout.splitlines():
            if (ROOT / name).is_file() and name != "dvc.lock":
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, folder / name)
        repository = cls(folder)
        repository._shrink()
        repository._install()
        repository.git("init", "--quiet", "--initial-branch=main")
        repository.commit("start")
        return repository

    def clone(self, folder, *, restored=False):
        """A clone; if `restored`, with this repository's DVC cache as its own, and its results."""
        self.git("clone", "--quiet", ".", str(folder))
        clone = Repository(folder, cache=self.cache if restored else None)
        clone._install()
        if restored:
            clone.dvc("cache", "dir", "--local", str(clone.cache))
            clone.dvc("checkout")
        return clone

    def _shrink(self):
        with self.params() as params:
            params["datasets"] = {
                name: {"definition": definition, "quick": quick, "full": dict(quick)}
                for name, definition, quick in (
                    (
                        "mnist",
                        "mnist",
                        {"source": "packaged", "examples": 300, "size": 28, "split": {"near_copies": "ignore"}},
                    ),
                    (
                        "boston_housing",
                        "boston_housing",
                        {"source": "packaged", "examples": 200, "size": None, "split": "grouped"},
                    ),
                    (
                        "chest_films",
                        "chest_xray",
                        {"source": "phantom", "examples": 80, "size": 48, "split": "grouped"},
                    ),
                )
            }
            params["weights"], params["features"] = {}, {}
            params["runs"]["chest_xray-chest_cnn"]["dataset"] = "chest_films"
            params["runs"][FILMS] = params["runs"]["chest_xray-chest_cnn"]
            params["runs"] = {name: params["runs"][name] for name in RUNS}
            for run in params["runs"].values():
                run["quick"] = {"lr": None, "epochs": 1, "batch_size": 16}
            params["thresholds"] = {MNIST: {"accuracy": {"min": 0.0}}, HOUSING: {"rmse": {"max": 1000.0}}}

    def _install(self):
        (self.folder / ".venv").mkdir()
        for path in Path(sys.prefix).iterdir():
            (self.folder / ".venv" / path.name).symlink_to(path)

    @contextlib.contextmanager
    def params(self):
        """The content of params.yaml, to be edited."""
        yaml, path = YAML(), self.folder / "params.yaml"
        params = yaml.load(path)
        yield params
        yaml.dump(params, path)

    @contextlib.contextmanager
    def restored(self):
        """Puts params.yaml, dvc.lock, the index of git and the results back to the last commit."""
        try:
            yield
        finally:
            # DVC may leave an index that has the size and time of its edit beside the content of before
            (self.folder / "params.yaml").touch()
            self.git("reset", "--quiet", "--hard")
            self.dvc("checkout")

    def start(self, *command):
        """Starts a command without .venv/bin on the PATH: whatever it starts must find its Python by itself."""
        environment = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
        path = [one for one in os.environ["PATH"].split(os.pathsep) if Path(one) != Path(sys.executable).parent]
        environment |= PEOPLE | {"PATH": os.pathsep.join(path)}
        return subprocess.Popen(
            command, cwd=self.folder, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )

    def run(self, *command, code=0):
        return ended(self.start(*command), code)

    def git(self, *arguments):
        return self.run("git", *arguments)

    def dvc(self, *arguments, code=0):
        return self.run(".venv/bin/dvc", *arguments, code=code)

    def cnnbench(self, *arguments, code=0):
        return self.run(".venv/bin/cnnbench", *arguments, code=code)

    def commit(self, message):
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)

    def stale(self):
        """The stages that `dvc status` names, and what of each changed."""
        with contextlib.chdir(self.folder), Repo() as repo:
            return repo.status()

    def tracked(self):
        """MLflow's trainings, latest first."""
        from mlflow import MlflowClient

        client = MlflowClient(f"sqlite:///{self.folder / 'mlflow.db'}")
        experiment = client.get_experiment_by_name("cnnbench")
        found = client.search_runs([experiment.experiment_id], order_by=["attributes.start_time DESC"])
        return [run for run in found if "cnnbench.run" in run.data.tags]

    def metrics(self):
        return json.loads((self.folder / "reports/metrics.json").read_text())


def ended(process, code=0):
    output, _ = process.communicate()
    assert code is None or process.returncode == code, output
    return output
