"""Where a project's code comes from: the repository, or a copy of the package with the project's own in it."""

import importlib
import sys

import pytest
from toys import ROOT, refused

import cnnbench
from cnnbench import networks
from cnnbench.core import plug_ins, project
from cnnbench.data import sets
from cnnbench.training import checkpoints

NETWORK = "def build(input_shape, outputs, activation, *, l2=0.0): ...\n"


@pytest.fixture
def own(tmp_path, monkeypatch):
    """A project of a user's own, in the working directory, with a network."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "dvc.yaml").write_text("stages: {train: {deps: [data/code/cnnbench/training]}}\n")
    (tmp_path / "networks").mkdir()
    (tmp_path / "networks/own_cnn.py").write_text(NETWORK)
    for package in (networks, sets):
        monkeypatch.setattr(package, "__path__", list(package.__path__))
    yield tmp_path
    for name in ("cnnbench.networks.own_cnn", "cnnbench.data.sets.own_scans"):
        sys.modules.pop(name, None)


def test_the_repository_has_its_code_where_dvc_looks(monkeypatch):
    monkeypatch.chdir(ROOT)
    assert not project.is_own()
    assert project.shipped() == ROOT
    assert project.find_changed_code(ROOT) == []
    before = list(networks.__path__)
    project.add_plug_ins()
    assert before == list(networks.__path__)


def test_an_installed_package_has_a_part_of_the_repository_in_it(tmp_path, monkeypatch):
    (tmp_path / "cnnbench/repository").mkdir(parents=True)
    monkeypatch.setattr(cnnbench, "__file__", str(tmp_path / "cnnbench/__init__.py"))
    assert project.shipped() == tmp_path / "cnnbench/repository"


def test_networks_of_the_project_are_found_beside_the_package_s(own):
    project.add_plug_ins()
    project.add_plug_ins()
    assert {"own_cnn", "vgg16"} < set(networks.names())
    assert networks.names() == sorted(set(networks.names()))
    assert importlib.import_module(networks.find("own_cnn")).build


def test_data_sets_of_the_project_are_found_beside_the_package_s(own):
    (own / "sets/own_scans").mkdir(parents=True)
    (own / "sets/own_scans/__init__.py").write_text("from cnnbench.data.sets.folder import DATASET\n")
    project.add_plug_ins()
    assert {"own_scans", "mnist"} < set(sets.names())
    assert sets.get("own_scans") == sets.get("folder")
    project.copy_code()
    assert (own / "data/code/cnnbench/data/sets/own_scans/__init__.py").is_file()


def test_a_checkpoint_of_a_network_of_the_project_knows_its_code(own):
    project.add_plug_ins()
    before = checkpoints._code("own_cnn")
    (own / "networks/own_cnn.py").write_text(NETWORK + "# edited\n")
    assert checkpoints._code("own_cnn") != before


def test_the_copy_has_the_package_its_stages_and_the_project_s_own(own):
    project.copy_code()
    home = own / "data/code/cnnbench"
    assert (home / "training/trainer.py").read_bytes() == (ROOT / "src/cnnbench/training/trainer.py").read_bytes()
    assert (home / "repository/stages/train.py").read_bytes() == (ROOT / "stages/train.py").read_bytes()
    assert (home / "networks/own_cnn.py").read_text() == NETWORK
    assert not list(home.rglob("__pycache__"))
    assert project.find_changed_code(own) == []


def test_a_file_that_is_a_link_into_the_cache_of_dvc_is_not_written_over(own):
    project.copy_code()
    (own / "cached.py").hardlink_to(own / "data/code/cnnbench/networks/own_cnn.py")
    (own / "networks/own_cnn.py").write_text("# edited\n")
    project.copy_code()
    assert (own / "cached.py").read_text() == NETWORK
    assert (own / "data/code/cnnbench/networks/own_cnn.py").read_text() == "# edited\n"


def test_a_copy_is_brought_up_to_date_and_what_is_equal_is_left_alone(own):
    project.copy_code()
    home = own / "data/code/cnnbench"
    (home / "gone.py").write_text("")
    (own / "networks/own_cnn.py").write_text(NETWORK + "# edited\n")
    (own / "networks/other_cnn.py").write_text(NETWORK)
    changed = {home / "gone.py", home / "networks/own_cnn.py", home / "networks/other_cnn.py"}
    assert set(project.find_changed_code(own)) == changed
    before = (home / "__init__.py").stat().st_mtime_ns
    project.copy_code()
    assert project.find_changed_code(own) == []
    assert not (home / "gone.py").exists()
    assert (home / "__init__.py").stat().st_mtime_ns == before


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("networks/vgg16.py", NETWORK, "that the package's own have not, received vgg16.py"),
        ("networks/_image.py", "", "that the package's own have not, received _image.py"),
        ("networks/deep/__init__.py", NETWORK, "each of networks/ as a file, .* received deep"),
        ("sets/scans.py", "", "each of sets/ as a folder with an __init__.py received scans.py"),
        ("sets/mnist/__init__.py", "", "that the package's own have not, received mnist"),
        ("networks/b.py", "from cnnbench.networks.own_cnn import build\n", "received b.py, which imports own_cnn"),
        ("networks/b.py", "from cnnbench.networks import own_cnn\n", "received b.py, which imports own_cnn"),
        ("networks/b.py", "from . import own_cnn\n", "received b.py, which imports own_cnn"),
        ("networks/b.py", "import networks.own_cnn as a\n", "received b.py, which imports own_cnn"),
        ("networks/b.py", "def build(:\n", r"Expected Python in networks/b.py, received invalid syntax"),
    ],
)
def test_what_dvc_would_not_see_a_change_of_is_refused(own, file, content, message):
    (own / file).parent.mkdir(parents=True, exist_ok=True)
    (own / file).write_text(content)
    with refused(message):
        project.add_plug_ins()


def test_what_a_network_may_import_is_taken(own):
    (own / "networks/b.py").write_text("import keras\nfrom cnnbench.networks._image import image_input\n")
    (own / "sets/scans").mkdir(parents=True)
    (own / "sets/scans/__init__.py").write_text("from cnnbench.data.sets.scans import drawing\n")
    (own / "sets/scans/drawing.py").write_text("")
    for kind in plug_ins.KINDS:
        plug_ins.check(own / kind.folder, kind, ROOT / "src/cnnbench" / kind.room)
