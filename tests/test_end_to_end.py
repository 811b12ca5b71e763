"""The true dvc.yaml in a temporary repository, on toy data: what a user types, and what comes of it.

The tests share one repository, and each leaves it as it found it, but for experiments and their MLflow runs.
"""

import contextlib
import csv
import json
import os
import re
import shlex
import shutil
import signal

import pytest
from ruamel.yaml import YAML
from small_repository import DATASETS, FILMS, HOUSING, MNIST, ROOT, RUNS, Repository, ended


@contextlib.contextmanager
def kept(*files):
    """Puts the content of files back to what it was."""
    before = {file: file.read_bytes() for file in files}
    try:
        yield
    finally:
        for file, content in before.items():
            file.write_bytes(content)


def ran(output):
    """The stages that ran, in order."""
    return [line.split("'")[1] for line in output.splitlines() if line.startswith("Running stage")]


def drawn(*names):
    """The files of line drawings."""
    return {f"{name}.svg" for name in names}


def each(stage, names):
    return {f"{stage}@{name}" for name in names}


@pytest.fixture(scope="module")
def repositories(tmp_path_factory):
    """One, and a clone of it that made everything anew at the same time, independent stages side by side."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith(("DVC_", "MLFLOW_", "CNNBENCH_")):
                patch.delenv(name)
        repository = Repository.create(tmp_path_factory.mktemp("repository"))
        clone = repository.clone(tmp_path_factory.mktemp("again") / "clone")
        processes = [
            repository.start(".venv/bin/dvc", "repro"),
            clone.start(".venv/bin/cnnbench", "bench", "--jobs", "2"),
        ]
        repository.first, clone.first = map(ended, processes)
        repository.commit("first results")
        yield repository, clone


@pytest.fixture
def repository(repositories):
    return repositories[0]


def test_first_repro_runs_every_stage_of_every_run(repository):
    stages = ran(repository.first)
    per_set = set.union(*(each(stage, DATASETS) for stage in ("download", "split", "cache", "baselines")))
    per_run = set.union(*(each(stage, RUNS) for stage in ("train", "evaluate")))
    assert sorted(stages) == sorted({"settings", *per_set, *per_run, "report"})
    assert (stages[0], stages[-1]) == ("settings", "report")
    reports = repository.folder / "reports"
    for name in ("index.html", "report.md", "leaderboard.csv", "repeats.csv", "metrics.json", "leakage.json"):
        assert (reports / name).stat().st_size > 100
    assert set(repository.metrics()) == set(RUNS)
    for estimates in repository.metrics().values():
        # of: the positive class
        assert all(set(estimate) - {"of", "badges"} == {"value", "low", "high"} for estimate in estimates.values())
    shared = {"run.json", "metrics.json", "history.csv", "predictions.parquet", "layers.csv", *drawn("learning_curves")}
    tables = {f"{name}.csv" for name in ("confusion", "roc", "per_class", "reliability", "validation", "mistakes")}
    pixels = {"classes.png", "samples.png", "mistakes.png", "grad_cam.png", "feature_maps.png", "mistakes.webp"}
    image = tables | pixels | drawn("confusion", "roc", "reliability")
    for name, own in ((MNIST, image), (FILMS, image), (HOUSING, drawn("true_vs_predicted", "residuals"))):
        assert {path.name for path in (reports / "runs" / name).iterdir()} == shared | own


def test_an_empty_params_yaml_has_a_report_of_nothing(repository, tmp_path):
    clone = repository.clone(tmp_path / "clone")
    (clone.folder / "params.yaml").write_text("")
    output = clone.dvc("repro")
    assert ran(output) == ["settings", "report"]
    assert "There is nothing yet: params.yaml names no run." in output
    assert "There is nothing yet" in (clone.folder / "reports/report.md").read_text()
    assert "Data and pipelines are up to date." in clone.dvc("status")


def test_second_repro_does_nothing_and_says_so(repository):
    output = repository.dvc("repro")
    assert ran(output) == []
    assert "Data and pipelines are up to date." in output


def test_the_same_inputs_give_the_same_lock_file(repositories):
    first, second = ((one.folder / "dvc.lock").read_bytes() for one in repositories)
    assert first == second
    clone = repositories[1]
    assert f"{len(ran(repositories[0].first))} ran." in clone.first
    assert "9 rows, 9 MLflow runs: 3 known, 0 completed, 6 made" in clone.first
    assert clone.stale() == {}


def test_nothing_noisy_and_nothing_of_this_machine(repository):
    assert "InitializeLog" not in repository.first
    assert "Traceback" not in repository.first
    for path in (repository.folder / "reports").rglob("*"):
        if path.suffix in {".json", ".csv", ".md", ".html"}:
            assert str(repository.folder) not in path.read_text(), path


def test_mlflow_has_a_run_for_every_training_with_its_test_metrics(repository):
    tracked = [run for run in repository.tracked() if "dvc.exp_name" not in run.data.tags]
    assert sorted(run.info.run_name for run in tracked) == sorted(RUNS)
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
            if estimate["value"] is None:  # of clean examples, where there are too few
                assert f"test/{metric}" not in run.data.metrics
                continue
            assert run.data.metrics[f"test/{metric}"] == pytest.approx(estimate["value"])
        assert run.info.artifact_uri.startswith((repository.folder / "mlartifacts").as_uri())
        assert (repository.folder / "mlartifacts" / run.info.run_id / "artifacts" / "learning_curves.svg").exists()


def test_check_passes_then_fails_with_a_raised_bound(repository):
    assert MNIST in repository.cnnbench("check")
    raised = repository.folder / "raised.yaml"
    text = (repository.folder / "params.yaml").read_text()
    assert "min: 0.0" in text
    raised.write_text(text.replace("min: 0.0", "min: 1.01"))
    repository.cnnbench("check", "--params", "raised.yaml", code=1)
    raised.unlink()


@pytest.mark.parametrize(
    ("edited", "stale"),
    [
        (["networks/mnist_cnn.py"], each("train", [MNIST])),
        (["data/sets/chest_xray/phantom.py"], each("download", ["chest_films"])),
        (["data/sets/mnist/__init__.py"], each("download", ["mnist"])),
        (["data/sources/kaggle_client.py"], each("download", DATASETS)),
        (["training/trainer.py"], each("train", RUNS)),
        (["evaluation/figures/roc.py"], each("evaluate", RUNS) | {"report"}),
        (["metrics/table.py"], each("evaluate", RUNS) | each("baselines", DATASETS) | {"report"}),
        (["results/gate.py"], {"report"}),
        (["report/page.py"], {"report"}),
        (["report/figures/critical_difference.py"], {"report"}),
        (["cli", "config", "core", "inference", "planning", "tracking"], set()),
        (["../../README.md", "../../docs", "../../tests", "../../benchmarks", "../../Makefile"], set()),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else None,
)
def test_an_edit_makes_stale_what_it_concerns_and_nothing_else(repository, edited, stale):
    paths = [repository.folder / "src/cnnbench" / name for name in edited]
    files = [file for path in paths for file in (path.rglob("*.[pm][yd]") if path.is_dir() else [path])]
    assert len(files) >= len(edited)
    with kept(*files):
        for file in files:
            file.write_bytes(file.read_bytes() + b"\n# A comment.\n")
        assert set(repository.stale()) == stale


def test_an_edit_of_one_run_makes_that_run_stale(repository):
    with kept(repository.folder / "params.yaml"):
        with repository.params() as params:
            params["runs"][MNIST]["quick"]["epochs"] = 2
        assert set(repository.stale()) == {"settings", f"train@{MNIST}"}
    assert repository.stale() == {}


def test_a_split_given_back_is_the_same_split(repository):
    made, mine = repository.folder / "data/splits/mnist.parquet", repository.folder / "mine.parquet"
    mine.write_bytes(made.read_bytes())
    with repository.restored():
        repository.dvc("exp", "run", "-S", "datasets.mnist.quick.split=mine.parquet", "split@mnist")
        assert made.read_bytes() == mine.read_bytes()
    mine.unlink()


def in_readme(start):
    """The words of the one command of README.md that begins so."""
    (line,) = re.findall(
        rf"^    ({re.escape(start)}\S* .*?)(?:   .*)?$", (ROOT / "README.md").read_text(), re.MULTILINE
    )
    return shlex.split(line)


def test_an_experiment_as_the_readme_has_it_shows_its_own_figure_everywhere(repository):
    """On one run, with a rate in DVC's form added, which YAML 1.1 would take for text."""
    _, *command = in_readme(f"dvc exp run -S runs.{MNIST}")
    _, *shown_by = in_readme("dvc exp show")
    before = repository.metrics()[MNIST]["accuracy"]["value"]
    with repository.restored():
        output = repository.dvc(*command, "--name", "slower", "-S", f"runs.{MNIST}.quick.lr=1e-5")
        assert ran(output) == ["settings", f"train@{MNIST}", f"evaluate@{MNIST}"]
        latest = repository.tracked()[0]
        assert latest.data.params["recipe.lr"] == "1e-05"
        assert latest.data.tags["dvc.exp_name"] == "slower"

        accuracy = latest.data.metrics["test/accuracy"]
        assert accuracy != pytest.approx(before, abs=1e-6)
        shown = list(csv.DictReader(repository.dvc(*shown_by, "--csv").splitlines()))
        (row,) = (row for row in shown if row["Experiment"] == "slower")
        assert float(row[f"{MNIST}.accuracy"]) == pytest.approx(accuracy, abs=1e-5)
        report = json.loads(repository.dvc("metrics", "diff", "--json"))[f"reports/metrics/{MNIST}.json"]
        change = report[f"{MNIST}.accuracy"]
        assert (change["old"], change["new"]) == pytest.approx((before, accuracy), abs=1e-6)
        summary = json.loads(repository.dvc("metrics", "show", "--json"))[""]["data"][f"reports/metrics/{MNIST}.json"]
        assert set(summary["data"][MNIST]) == {"accuracy", "interval"}
        assert f"runs.{MNIST}.quick.lr" in repository.dvc("params", "diff", "--md")
        assert "Confusion matrices" in repository.dvc("plots", "show", "--json")

        results = " ".join(repository.cnnbench("results").split())
        assert f"accuracy {accuracy:.3f} [" in results
        assert f"Newer than the report: {MNIST}; `dvc repro report` ranks it." in results
        checked = repository.cnnbench("check")
        assert re.search(rf"{accuracy:.4f} .* newer than the report", checked)
        assert ran(repository.dvc("repro", "report")) == ["report"]
        assert "newer" not in repository.cnnbench("results") + repository.cnnbench("check")
        assert repository.metrics()[MNIST]["accuracy"]["value"] == pytest.approx(accuracy)
    assert repository.metrics()[MNIST]["accuracy"]["value"] == before


def test_a_sweep_in_the_queue_keeps_its_mlflow_runs(repository):
    """Also of 1e-3, which is what the recipe says: DVC sees the same model and does not evaluate it again."""
    before = len(repository.tracked())
    sweep = f"runs.{HOUSING}.quick.lr=1e-3,1e-4"
    repository.dvc("exp", "run", "--queue", "-S", sweep, f"evaluate@{HOUSING}")
    # DVC's workers look for `dvc` on the PATH.
    repository.run("sh", "-c", 'PATH="$PWD/.venv/bin:$PATH" exec dvc exp run --run-all -j 2')
    latest = repository.tracked()[: len(repository.tracked()) - before]
    assert sorted(run.data.params["recipe.lr"] for run in latest) == ["0.0001", "0.001"]
    assert {run.info.status for run in latest} == {"FINISHED"}
    assert all("test/rmse" in run.data.metrics for run in latest)
    assert len({run.data.tags["cnnbench.benchmark"] for run in latest}) == 2


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("lr=abc", "Expected lr in params.yaml to be a number, received 'abc'"),
        ("lr=-1", "Expected lr in params.yaml to be greater than 0, received -1"),
        (f"runs.{MNIST}.recipe.optimizer=adan", "'adadelta' or 'sgd', received 'adan'"),
        ("split.train=0.7", "Expected shares that sum to 1, received 0.7 + 0.1 + 0.1 = 0.9"),
        ("profile=huge", "Expected profile in params.yaml to be 'quick' or 'full', received 'huge'"),
        ("~datasets.mnist.quick.split", "Expected a key datasets.mnist.quick.split in params.yaml, received none"),
        ("datasets.mnist.quick.source=nosuch", "Expected a source of MNIST among packaged, "),
        ("datasets.mnist.definition=nosuch", "Expected a data set among boston_housing, brain_tumor, "),
        (f"runs.{MNIST}.dataset=nosuch", "Expected a data set among mnist, boston_housing, chest_films as runs."),
        (f"runs.{MNIST}.architecture=nosuch", "Expected an architecture among breast_cnn, chest_cnn, "),
    ],
)
def test_a_bad_setting_is_one_line_before_anything_runs(repository, override, message):
    with repository.restored():
        output = repository.dvc("exp", "run", "-S", override, code=255)
    assert ran(output) == ["settings"]
    (line,) = (line for line in output.splitlines() if line.startswith("error: "))
    assert message in line
    assert "Traceback" not in output


def test_a_device_that_is_not_there_is_one_line(repository):
    with repository.restored():
        output = repository.dvc("exp", "run", "-S", "device=gpu", f"train@{HOUSING}", code=255)
    (line,) = (line for line in output.splitlines() if line.startswith("error: "))
    assert "Expected a GPU, as device: gpu in params.yaml says, received none" in line
    assert "Traceback" not in output


def test_what_dvc_cannot_parse_is_found_by_cnnbench_runs(repository):
    """`make bench` runs that first; of what dvc.yaml takes from params.yaml, DVC itself names the key that lacks."""
    with repository.restored():
        with repository.params() as params:
            del params["runs"][MNIST]["dataset"]
        assert f"Expected a key runs.{MNIST}.dataset in params.yaml, received none" in repository.cnnbench(
            "runs", code=2
        )
        output = repository.dvc("repro", code=255)
        assert f"'stages.train@{MNIST}.deps' in 'dvc.yaml': Could not find 'item.dataset'" in output
        assert ran(output) == []


def test_a_name_that_a_shell_would_obey_is_one_line_and_nothing_runs(repository):
    """DVC puts the name between quotes into a command, which this one gets out of."""
    name = "x'$(touch taken)'"
    with repository.restored():
        with repository.params() as params:
            params["runs"][name] = params["runs"].pop(MNIST)
        line = "error: Expected a name of letters, digits, _ and - "
        assert line in repository.cnnbench("runs", code=2)
        output = repository.dvc("repro", code=255)
        assert line in output
        assert ran(output) == ["settings"]
        assert not (repository.folder / "taken").exists()


def test_verify_finds_damage_that_size_and_time_hide(repository):
    assert "checks hold (files, raw, split, records" in repository.cnnbench("verify")
    model = repository.folder / "models" / MNIST / "model.keras"
    shard = next((repository.folder / "data/records/mnist").glob("*.tfrecord"))
    times = {path: path.stat() for path in (model, shard)}
    with kept(model, shard):
        for path, before in times.items():
            content = bytearray(path.read_bytes())
            content[len(content) // 2] ^= 1
            path.write_bytes(content)
            os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
        assert repository.stale() == {}  # DVC trusts them
        output = repository.cnnbench("verify", code=1)
        assert f"models/{MNIST} (modified)" in output
        assert f"{shard.name} has SHA-256" in output
    assert repository.cnnbench("verify", "--lock") == ""


def test_a_report_of_the_runs_that_are_there_lists_the_others(repository):
    with repository.restored():
        shutil.rmtree(repository.folder / "reports/runs" / FILMS)
        output = repository.dvc("repro", "--single-item", "report")
        assert f"{FILMS} is not evaluated yet, and left out: `dvc repro evaluate@{FILMS}`" in output
        assert set(repository.metrics()) == {MNIST, HOUSING}
    assert repository.stale() == {}


@pytest.fixture
def kills(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    import kills

    return kills


def test_kills_leave_nothing_that_the_next_run_does_not_mend(repository, kills, tmp_path):
    """The short form of benchmarks/kills.py."""
    scratch = kills.Scratch(repository.folder)
    wanted = scratch.contents()
    known = repository.folder / ".dvc/cache/runs"
    before = shutil.copytree(known, tmp_path / "runs")
    for stage, number, target in (
        ("download@mnist", signal.SIGKILL, "dvc"),
        ("split@mnist", signal.SIGTERM, "stage"),
        ("cache@mnist", signal.SIGKILL, "group"),
        (f"train@{HOUSING}", signal.SIGINT, "group"),
        (f"evaluate@{HOUSING}", signal.SIGKILL, "stage"),
        ("report", signal.SIGHUP, "stage"),
    ):
        done = scratch.disturb(kills.Kill(stage, number, target, 0.7), 4)
        assert done["left"] == [], "no process"
        assert scratch.recover(wanted)["problems"] == [], done
    assert repository.stale() == {}
    # a stage that was killed comes back by dvc.lock, and leaves no entry among the runs that DVC knows
    shutil.copytree(before, known, dirs_exist_ok=True)


def test_a_run_that_left_params_is_no_input_of_the_report(repositories, tmp_path_factory):
    place = tmp_path_factory.mktemp("left")
    repository = repositories[0].clone(place / "clone", restored=True)
    colleague = repository.clone(place / "colleague", restored=True)
    with repository.params() as params:
        del params["runs"][HOUSING], params["datasets"]["boston_housing"], params["thresholds"][HOUSING]
    output = repository.dvc("repro")
    assert ran(output) == ["settings", "report"]
    moved = repository.folder / "reports/removed"
    assert (
        f"reports/runs/{HOUSING} is no part of params.yaml any more: moved to reports/removed/runs/{HOUSING}" in output
    )
    assert (moved / "runs" / HOUSING / "run.json").exists()
    assert (moved / "splits/boston_housing.parquet").exists()
    assert set(repository.metrics()) == {MNIST, FILMS}
    assert repository.stale() == {}
    assert ran(repository.dvc("repro")) == []
    repository.commit("without housing")

    fresh = repository.clone(place / "fresh", restored=True)
    assert fresh.stale() == {}
    (fresh.folder / "dvc.lock").unlink()
    assert ran(fresh.dvc("repro")) == []  # from the run cache
    stages = [YAML(typ="safe").load(one.folder / "dvc.lock")["stages"] for one in (repository, fresh)]
    assert stages[0]["report"] == stages[1]["report"]

    colleague.git("pull", "--quiet")
    assert (colleague.folder / "reports/runs" / HOUSING).exists()
    colleague.dvc("repro")
    assert colleague.git("status", "--porcelain") == ""
    assert colleague.stale() == {}
