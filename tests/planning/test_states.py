"""States of runs in a small repository, with a dvc.yaml in the form of the shipped one; `dvc status` must agree."""

import shutil
from contextlib import chdir

import pytest
from dvc.repo import Repo
from toys import ROOT, refused

from cnnbench.planning import states

pytestmark = pytest.mark.filterwarnings("ignore:_NoneStep.value:DeprecationWarning")  # DVC 3.67 with pygtrie 2.6

RUNS = {"d-a": "d", "d-b": "d", "e-a": "e"}
STAGE = """\
  {name}:
    foreach: ${{{of}}}
    do:
      cmd: mkdir -p {out} && cp {code} {out}/made
      deps: [{code}{more}]
      params: [{knob}]
      outs: ["{out}"]
"""
PIPELINE = "stages:\n" + "".join(
    STAGE.format(name=name, of=of, code=f"{name}.py", more=more, knob=knob, out=f"{out}/${{key}}")
    for name, of, more, knob, out in (
        ("download", "datasets", "", "profile", "raw"),
        ("split", "datasets", ', "raw/${key}"', "split", "splits"),
        ("cache", "datasets", ', "splits/${key}"', '"datasets.${key}.size"', "records"),
        ("train", "runs", ', "records/${item.dataset}"', '"runs.${key}", lr', "models"),
        ("evaluate", "runs", ', "models/${key}"', "split", "results"),
    )
)
PARAMS = """\
profile: quick
split: {seed: 0}
lr: null
datasets: {d: {size: 1}, e: {size: 1}}
runs:
  d-a: {dataset: d, epochs: 1}
  d-b: {dataset: d, epochs: 1}
  e-a: {dataset: e, epochs: 1}
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The repository once everything has run."""
    folder = tmp_path_factory.mktemp("made")
    Repo.init(str(folder), no_scm=True).close()
    (folder / "dvc.yaml").write_text(PIPELINE)
    (folder / "params.yaml").write_text(PARAMS)
    for name in ("download", "split", "cache", "train", "evaluate"):
        (folder / f"{name}.py").write_text(name)
    with chdir(folder), Repo() as repo:  # DVC looks for targets in the working folder
        repo.reproduce()
    return folder


@pytest.fixture
def root(made, tmp_path):
    return shutil.copytree(made, tmp_path / "copy")


def change(root, old, new, name="params.yaml"):
    path = root / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def states_of(root, runs=RUNS):
    """The states; a run is done where `dvc status` lists none of its stages."""
    result = states.find_states(root, runs)
    with chdir(root), Repo() as repo:
        stale = set(repo.status())
    for run, dataset in runs.items():
        stages = {f"{name}@{dataset}" for name in ("download", "split", "cache")} | {f"train@{run}", f"evaluate@{run}"}
        assert (result[run] == "done") == (not stages & stale)
    return list(result.values())


def test_all_is_done_once_it_has_run(root):
    assert states_of(root) == ["done", "done", "done"]


def test_a_changed_recipe_is_a_changed_run(root):
    change(root, "d-b: {dataset: d, epochs: 1}", "d-b: {dataset: d, epochs: 2}")
    assert states_of(root) == ["done", "changed", "done"]


def test_a_changed_override_changes_every_run(root):
    change(root, "lr: null", "lr: 1e-05")
    assert states_of(root) == ["changed", "changed", "changed"]


def test_what_the_data_come_from_changes_the_runs_of_the_data(root):
    change(root, "e: {size: 1}", "e: {size: 2}")
    assert states_of(root) == ["done", "done", "changed"]


@pytest.mark.parametrize("name", ["download", "cache", "train", "evaluate"])
def test_changed_code_changes_runs(root, name):
    (root / f"{name}.py").write_text("other")
    assert states_of(root) == ["changed", "changed", "changed"]


def test_a_changed_command_changes_runs(root):
    change(root, "cp train.py", "cp ./train.py", "dvc.yaml")
    assert states_of(root) == ["changed", "changed", "changed"]


def test_results_that_were_edited_are_changed(root):
    made = root / "models/d-a/made"
    made.unlink()
    made.write_text("by hand")
    assert states_of(root) == ["changed", "done", "done"]


def test_a_run_that_was_added_is_new_whatever_its_data(root):
    change(root, "  e-a:", "  d-c: {dataset: d, epochs: 1}\n  e-a:")
    runs = {**RUNS, "d-c": "d"}
    assert states_of(root, runs) == ["done", "done", "done", "new"]
    change(root, "d: {size: 1}", "d: {size: 2}")
    assert states_of(root, runs) == ["changed", "changed", "done", "new"]


def test_what_is_in_the_lock_but_not_here_is_absent(root):
    shutil.rmtree(root / "results/d-a")
    shutil.rmtree(root / "records/e")
    assert states_of(root) == ["absent", "done", "absent"]
    shutil.rmtree(root / ".dvc/cache")
    for folder in ("raw", "splits", "records", "models", "results"):
        shutil.rmtree(root / folder)
    assert states_of(root) == ["absent", "absent", "absent"], "a fresh clone"


def test_results_that_the_cache_has_lost_are_made_anew_by_dvc(root):
    shutil.rmtree(root / ".dvc/cache")
    assert states_of(root) == ["changed", "changed", "changed"]


def test_without_a_lock_all_is_new(root):
    (root / "dvc.lock").unlink()
    assert states_of(root) == ["new", "new", "new"]


def test_outside_of_a_repository_there_are_no_states(root):
    assert states.find_states(root / "models", RUNS) == {}
    shutil.rmtree(root / ".dvc")
    assert states.find_states(root, RUNS) == {}


@pytest.mark.parametrize(("name", "text"), [("dvc.lock", "stages: ["), ("dvc.yaml", "stages: 1\n")])
def test_a_pipeline_that_cannot_be_read_is_one_line(root, name, text):
    (root / name).write_text(text)
    with refused(r"Expected a pipeline that DVC can read in .*; see `dvc status`\."):
        states.find_states(root, RUNS)


def test_it_does_not_wait_for_dvcs_lock(root):
    with Repo(str(root)) as repo, repo.lock:
        assert set(states.find_states(root, RUNS).values()) == {"done"}


def test_the_shipped_pipeline_has_the_stages_that_are_asked_for():
    text = (ROOT / "dvc.yaml").read_text()
    for address in states._stage_names("run", "data"):
        assert f"\n  {address.split('@')[0]}:\n    foreach: " in text
