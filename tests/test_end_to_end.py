"""The true dvc.yaml in a temporary repository, on toy data: what a user types, and what comes of it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[1]
MNIST, HOUSING, CHEST = "mnist-mnist_cnn", "boston_housing-conv1d", "chest_xray-chest_cnn"


class Repository:
    """A copy of this repository with three small runs, and a way to type commands in it."""

    def __init__(self, folder):
        self.folder = folder
        listed = subprocess.run(
            ["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True
        )
        for name in listed.stdout.splitlines():
            if (ROOT / name).is_file() and name != "dvc.lock":
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, folder / name)
        self._shrink()
        self.git("init", "--quiet", "--initial-branch=main")
        self.commit("start")

    def _shrink(self):
        yaml = YAML()
        params = yaml.load(self.folder / "params.yaml")
        params["datasets"] = {
            name: {"definition": name, "quick": quick, "full": dict(quick)}
            for name, quick in (
                ("mnist", {"source": "packaged", "examples": 300, "size": 28, "split": {"near_copies": "ignore"}}),
                ("boston_housing", {"source": "packaged", "examples": 200, "size": None, "split": "grouped"}),
                ("chest_xray", {"source": "phantom", "examples": 80, "size": 48, "split": "grouped"}),
            )
        }
        params["runs"] = {name: params["runs"][name] for name in (MNIST, HOUSING, CHEST)}
        for run in params["runs"].values():
            run["quick"] = {"lr": None, "epochs": 1, "batch_size": 16}
        params["thresholds"] = {MNIST: {"accuracy": {"min": 0.0}}, HOUSING: {"rmse": {"max": 1000.0}}}
        yaml.dump(params, self.folder / "params.yaml")

    def run(self, *command, code=0):
        names = {
            "GIT_AUTHOR_NAME": "t",
            "GIT_AUTHOR_EMAIL": "t@t",
            "GIT_COMMITTER_NAME": "t",
            "GIT_COMMITTER_EMAIL": "t@t",
        }
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        done = subprocess.run(
            command, cwd=self.folder, capture_output=True, text=True, env=os.environ | names | {"PATH": path}
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    def git(self, *arguments):
        return self.run("git", *arguments)

    def dvc(self, *arguments, code=0):
        return self.run("dvc", *arguments, code=code)

    def commit(self, message):
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)

    def tracked(self):
        """MLflow's trainings, latest first."""
        from mlflow import MlflowClient

        client = MlflowClient(f"sqlite:///{self.folder / 'mlflow.db'}")
        experiment = client.get_experiment_by_name("cnnbench")
        found = client.search_runs([experiment.experiment_id], order_by=["attributes.start_time DESC"])
        return [run for run in found if "cnnbench.run" in run.data.tags]

    def metrics(self):
        return json.loads((self.folder / "reports/metrics.json").read_text())


def ran(output):
    """The stages that ran, in order."""
    return [line.split("'")[1] for line in output.splitlines() if line.startswith("Running stage")]


def drawn(*names):
    """The files of line drawings."""
    return {f"{name}{suffix}" for name in names for suffix in (".png", ".svg")}


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith(("DVC_", "MLFLOW_", "CNNBENCH_")):
                patch.delenv(name)
        repository = Repository(tmp_path_factory.mktemp("repository"))
        repository.first = repository.dvc("repro")
        repository.commit("first results")
        yield repository


def test_first_repro_runs_every_stage_of_every_run(repository):
    stages = ran(repository.first)
    per_set = [
        f"{stage}@{name}"
        for stage in ("download", "split", "cache")
        for name in ("mnist", "boston_housing", "chest_xray")
    ]
    per_run = [f"{stage}@{name}" for stage in ("train", "evaluate") for name in (MNIST, HOUSING, CHEST)]
    assert sorted(stages) == sorted([*per_set, *per_run, "report"])
    assert stages[-1] == "report"
    reports = repository.folder / "reports"
    for name in ("index.html", "report.md", "leaderboard.csv", "repeats.csv", "metrics.json", "leakage.json"):
        assert (reports / name).stat().st_size > 100
    assert set(repository.metrics()) == {MNIST, HOUSING, CHEST}
    for estimates in repository.metrics().values():
        assert all(set(estimate) == {"value", "low", "high"} for estimate in estimates.values())
    shared = {"run.json", "metrics.json", "history.csv", "predictions.parquet", "layers.csv", *drawn("learning_curves")}
    tables = {f"{name}.csv" for name in ("confusion", "roc", "per_class", "reliability", "validation", "mistakes")}
    pixels = {"classes.png", "samples.png", "mistakes.png", "grad_cam.png", "feature_maps.png"}
    image = tables | pixels | drawn("confusion", "roc", "reliability")
    for name, own in ((MNIST, image), (CHEST, image), (HOUSING, drawn("true_vs_predicted", "residuals"))):
        assert {path.name for path in (reports / "runs" / name).iterdir()} == shared | own


def test_second_repro_does_nothing_and_says_so(repository):
    output = repository.dvc("repro")
    assert ran(output) == []
    assert "Data and pipelines are up to date." in output


def test_nothing_noisy_and_nothing_of_this_machine(repository):
    assert "InitializeLog" not in repository.first
    assert "Traceback" not in repository.first
    for path in (repository.folder / "reports").rglob("*"):
        if path.suffix in {".json", ".csv", ".md", ".html"}:
            assert str(repository.folder) not in path.read_text(), path


def test_mlflow_has_a_run_for_every_training_with_its_test_metrics(repository):
    tracked = repository.tracked()
    assert sorted(run.info.run_name for run in tracked) == sorted([MNIST, HOUSING, CHEST])
    assert len({run.data.tags["cnnbench.benchmark"] for run in tracked}) == 1
    metrics = repository.metrics()
    commit = repository.git("rev-parse", "HEAD~1").strip()
    for run in tracked:
        name = run.info.run_name
        assert run.info.status == "FINISHED"
        assert run.data.tags["dvc.stage"] == f"train@{name}"
        assert run.data.tags["mlflow.source.git.commit"] == commit
        assert len(run.data.tags["cnnbench.model_sha256"]) == len(run.data.tags["cnnbench.data_sha256"]) == 64
        assert run.data.params["recipe.epochs"] == "1"
        for metric, estimate in metrics[name].items():
            assert run.data.metrics[f"test_{metric}"] == pytest.approx(estimate["value"])
        assert run.info.artifact_uri.startswith((repository.folder / "mlartifacts").as_uri())
        assert (repository.folder / "mlartifacts" / run.info.run_id / "artifacts" / "learning_curves.png").exists()


def test_check_passes_then_fails_with_a_raised_bound(repository):
    assert MNIST in repository.run("cnnbench", "check")
    raised = repository.folder / "raised.yaml"
    text = (repository.folder / "params.yaml").read_text()
    assert "min: 0.0" in text
    raised.write_text(text.replace("min: 0.0", "min: 1.01"))
    repository.run("cnnbench", "check", "--params", "raised.yaml", code=1)
    raised.unlink()


def test_a_split_given_back_is_the_same_split(repository):
    made, mine = repository.folder / "data/splits/mnist.parquet", repository.folder / "mine.parquet"
    mine.write_bytes(made.read_bytes())
    params, lock = repository.folder / "params.yaml", repository.folder / "dvc.lock"
    before = params.read_text(), lock.read_text()
    repository.dvc("exp", "run", "-S", "datasets.mnist.quick.split=mine.parquet", "split@mnist")
    assert made.read_bytes() == mine.read_bytes()
    params.write_text(before[0])
    lock.write_text(before[1])
    mine.unlink()
    repository.dvc("checkout")


def test_editing_a_network_reruns_its_runs_and_editing_the_readme_nothing(repository):
    network = repository.folder / "src/cnnbench/networks/mnist_cnn.py"
    readme = repository.folder / "README.md"
    before = network.read_text(), readme.read_text()
    readme.write_text("Changed.\n")
    assert "up to date" in repository.dvc("status")
    network.write_text(before[0] + "\n# changed\n")
    changed = {
        line.rstrip(":") for line in repository.dvc("status").splitlines() if "@" in line and not line[0].isspace()
    }
    assert changed == {f"train@{MNIST}"}
    network.write_text(before[0])
    readme.write_text(before[1])


def test_an_experiment_on_one_run_reruns_that_run_alone(repository):
    output = repository.dvc("exp", "run", "--name", "slower", "-S", f"runs.{HOUSING}.quick.lr=1e-5")
    assert ran(output) == [f"train@{HOUSING}", f"evaluate@{HOUSING}", "report"]
    latest = repository.tracked()[0]
    assert latest.data.params["recipe.lr"] == "1e-05"
    assert latest.data.tags["dvc.exp_name"] == "slower"
    assert "slower" in repository.dvc("exp", "show", "--only-changed", "--md")
    assert f"runs.{HOUSING}.quick.lr" in repository.dvc("params", "diff", "--md")
    assert HOUSING in repository.dvc("metrics", "diff", "--md")
    assert "Confusion matrices" in repository.dvc("plots", "show", "--json")


def test_a_sweep_in_the_queue_keeps_its_mlflow_runs(repository):
    """Also of 1e-3, which is what the recipe says: DVC sees the same model and does not evaluate it again."""
    before = len(repository.tracked())
    repository.dvc("exp", "run", "--queue", "-S", f"runs.{HOUSING}.quick.lr=1e-3,1e-4")
    repository.dvc("exp", "run", "--run-all", "-j", "2")
    latest = repository.tracked()[: len(repository.tracked()) - before]
    assert sorted(run.data.params["recipe.lr"] for run in latest) == ["0.0001", "0.001"]
    assert {run.info.status for run in latest} == {"FINISHED"}
    assert all("test_rmse" in run.data.metrics for run in latest)
    assert len({run.data.tags["cnnbench.benchmark"] for run in latest}) == 2


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("lr=abc", "Expected lr in params.yaml to be a number, received 'abc'"),
        ("lr=-1", "Expected lr in params.yaml to be greater than 0, received -1"),
        (f"runs.{MNIST}.recipe.optimizer=sgd", "'adam', 'rmsprop' or 'adadelta', received 'sgd'"),
        ("split.train=0.7", "Expected shares that sum to 1, received 0.7 + 0.1 + 0.1 = 0.9"),
        ("datasets.mnist.quick.source=nosuch", "Expected a source of MNIST among packaged, "),
        ("device=gpu", "Expected a GPU, as device: gpu in params.yaml says, received none"),
    ],
)
def test_a_bad_parameter_is_one_line_and_no_traceback(repository, override, message):
    shown = (repository.folder / "params.yaml").read_text(), (repository.folder / "dvc.lock").read_text()
    output = repository.dvc("exp", "run", "-S", override, code=255)
    (line,) = (line for line in output.splitlines() if line.startswith("error: "))
    assert message in line
    assert "Traceback" not in output
    (repository.folder / "params.yaml").write_text(shown[0])
    (repository.folder / "dvc.lock").write_text(shown[1])
    repository.dvc("checkout")


def test_the_same_inputs_give_the_same_lock_file(repository, tmp_path_factory):
    repository.git("checkout", "--quiet", "--force", "main")
    again = tmp_path_factory.mktemp("again") / "clone"
    repository.git("clone", "--quiet", ".", str(again))
    clone = Repository.__new__(Repository)
    clone.folder = again
    clone.dvc("repro")
    assert clone.git("status", "--porcelain") == ""
