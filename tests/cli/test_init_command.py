"""`cnnbench init`: what it writes, and what it refuses; tests/test_own_project.py runs what it has written."""

import json
import re
import subprocess

import pytest
from dvc.repo import Repo
from dvc.utils.serialize import modify_yaml
from own_project import draw
from ruamel.yaml import YAML
from toys import ROOT

from cnnbench import cli, config, networks
from cnnbench.data import sets
from cnnbench.planning import existence
from cnnbench.planning.starter import own_params


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A git repository, the working directory, with drawn images and a table of them."""
    monkeypatch.chdir(tmp_path)
    for package in (networks, sets):  # commands add the project's own
        monkeypatch.setattr(package, "__path__", list(package.__path__))
    subprocess.run(["git", "init", "--quiet"], check=True)
    draw(tmp_path / "drawn/some shapes", each=4)
    rows = [f"some shapes/{name}/{number}.png,{name},{number}" for name in ("disc", "square") for number in range(4)]
    (tmp_path / "drawn/table.csv").write_text("\n".join(["image,dx,patient", *rows]))
    return tmp_path


def init(*arguments):
    return cli.main(["init", *arguments])


def listed(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_it_writes_a_project_that_dvc_and_the_package_can_read(place, capsys, monkeypatch):
    assert init("study", "--images", "drawn/some shapes") == 0
    out = capsys.readouterr().out
    assert "8 images (disc 4, square 4): some_shapes-small_cnn and some_shapes-plain_cnn in study" in out
    assert "Next: cd study && git add . && git commit -m Start && dvc repro" in out
    study = place / "study"
    shipped = [path.relative_to(ROOT).as_posix() for path in (ROOT / "plots").iterdir()]
    own = ["README.md", "networks/README.md", "networks/small_cnn.py", "requirements.txt", "params.yaml", "dvc.yaml"]
    same = [".gitignore", ".dvcignore", ".dvc/config", ".dvc/.gitignore", "stages/run", *shipped]
    # as in this repository: what the report depends on, be it empty, is there in a clone too
    kept = [
        path.relative_to(ROOT).as_posix() for top in ("brought", "reports") for path in (ROOT / top).rglob(".gitkeep")
    ]
    assert listed(study) == sorted([*own, *same, *kept, ".github/workflows/benchmark.yml"])
    for name in same:
        assert (study / name).read_bytes() == (ROOT / name).read_bytes()
    knobs = config.load(study / "params.yaml")
    assert knobs.data("some_shapes").source.path == str(place / "drawn/some shapes")
    assert {run.architecture for run in knobs.runs.values()} == {"small_cnn", "plain_cnn"}
    assert {bound["accuracy"].value for bound in knobs.thresholds.values()} == {0.5}
    monkeypatch.chdir(study)
    assert cli.main(["runs"]) == 0  # finds the project's network
    existence.check(knobs)
    with Repo() as repo:
        assert "train@some_shapes-small_cnn" in {stage.addressing for stage in repo.index.stages}


def test_its_settings_are_those_of_the_repository(place):
    init("study")
    before, after = (YAML(typ="safe").load(root / "params.yaml") for root in (ROOT, place / "study"))
    sections = ("datasets", "weights", "features", "runs", "thresholds")
    assert {key: value for key, value in after.items() if key not in sections} == {
        key: value for key, value in before.items() if key not in sections
    }
    assert list(after) == list(before)
    text, shipped = ((root / "params.yaml").read_text() for root in (place / "study", ROOT))
    assert all(words in shipped for words in own_params.WORDS), "a comment of params.yaml has other words now"
    assert "src/cnnbench/networks" not in text
    comments = [line for line in shipped.splitlines() if line.startswith("#")]
    kept = [line for line in text.splitlines() if line.startswith("#")]
    assert len(kept) == len(comments)


def test_one_value_changed_is_one_line_changed(place):
    init("study", "--table", "drawn/table.csv", "--file", "image", "--label", "dx")
    path = place / "study/params.yaml"
    before = path.read_text().splitlines()
    with modify_yaml(path) as content:
        content["runs"]["table-small_cnn"]["quick"]["epochs"] = 2
    after = path.read_text().splitlines()
    assert len(before) == len(after)
    assert sum(one != other for one, other in zip(before, after, strict=True)) == 1


def test_a_table_has_its_columns_named(place):
    arguments = ("--file", "image", "--label", "dx", "--group", "patient", "--size", "32")
    assert init("study", "--table", "drawn/table.csv", *arguments) == 0
    data = config.load(place / "study/params.yaml").data("table")
    assert data.source.columns == config.datasets.Columns(file="image", label="dx", group="patient")
    assert data.size == (32, 32)


def test_without_data_it_takes_digits_and_an_empty_repository_is_a_place(place, tmp_path_factory, monkeypatch):
    other = tmp_path_factory.mktemp("other")
    subprocess.run(["git", "init", "--quiet", str(other)], check=True)
    monkeypatch.chdir(other)
    (other / ".cnnbench.999999999.0.part").mkdir()  # of one that was killed
    assert init() == 0
    assert set(config.load().runs) == {"mnist-small_cnn", "mnist-plain_cnn"}
    assert not list(other.glob(".cnnbench.*"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["drawn"], "Expected a new or an empty folder, received drawn with some shapes, table.csv in it"),
        (["drawn/table.csv"], "Expected a new or an empty folder, received the file"),
        (["new", "--images", "drawn/some shapes/disc"], "Expected images in a folder per class"),
        (["new", "--images", "nothing"], "nothing, received nothing: correct the path"),
        (["new", "--images", "few"], "Expected 3 images of each class at least, .* received 2 of '.*' in few"),
        (["new", "--images", "one"], "Expected images of at least two classes"),
        (["new", "--table", "drawn/table.csv"], "columns file and label in .*: use --file and --label"),
        (["new", "--table", "drawn/table.csv", "--file", "image"], "columns image and label in .*: use --file and"),
        (["new", "--label", "dx"], "Expected --label with --table"),
        (["new", "--images", "drawn/some shapes", "--size", "0"], "Expected --size of 1 to 16,384 pixels, received 0"),
        (["new", "--images", "drawn/some shapes", "--size", "100000"], "pixels, received 100000: 64 is a start"),
        (["new", "--size", "32"], "Expected --size with --images or --table, received it without"),
        (["--update"], "Expected a project that `cnnbench init` has written"),
    ],
)
def test_what_it_refuses_is_one_line_and_nothing_is_written(place, capsys, arguments, message):
    draw(place / "few", each=2)
    draw(place / "one", classes=("disc",))
    before = listed(place)
    assert init(*arguments) != 0
    error = capsys.readouterr().err
    assert re.search(message, error)
    assert error.count("\n") == 1
    assert listed(place) == before
    assert not (place / "new").exists()


def test_outside_of_git_it_says_what_to_do(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    monkeypatch.chdir(tmp_path)
    assert init("my study") != 0
    assert "received my study: `git init 'my study'` first." in capsys.readouterr().err
    assert listed(tmp_path) == []


def test_what_cannot_be_written_whole_is_not_written(place, monkeypatch, capsys):
    def fail(*_):
        raise OSError(28, "No space left on device", "x")

    monkeypatch.setattr(own_params, "add_runs", fail)
    assert init("study") != 0
    assert "a full disk" in capsys.readouterr().err
    assert not (place / "study").exists()


def test_update_writes_the_pipeline_alone(place):
    init("study")
    study = place / "study"
    (study / "dvc.yaml").write_text((study / "dvc.yaml").read_text().replace("report", "rapport"))
    (study / "params.yaml").write_text("runs: {}\n")
    (study / "networks/small_cnn.py").write_text("# mine\n")
    (study / ".dvc/config").write_text("[core]\n    remote = mine\n")
    shipped = (study / ".gitignore").read_text()
    (study / ".gitignore").write_text("/mine")
    assert init("study", "--update") == 0
    assert "remote = mine" in (study / ".dvc/config").read_text()
    assert (study / ".gitignore").read_text() == "/mine\n" + shipped
    assert "rapport" not in (study / "dvc.yaml").read_text()
    assert (study / "params.yaml").read_text() == "runs: {}\n"
    assert (study / "networks/small_cnn.py").read_text() == "# mine\n"


def test_the_readme_names_what_is_there(place):
    init("study")
    text = (place / "study/README.md").read_text()
    assert "{" not in text
    assert json.dumps("mnist-small_cnn")[1:-1] in text
    for path in re.findall(r"`((?:networks|sets)/[a-z_]+\.\w+|params\.yaml|requirements\.txt)`", text):
        assert (place / "study" / path).exists()
