"""dvc.yaml tells DVC the truth: each stage depends on the code that computes what it writes, and on no other."""

import ast
import os
import subprocess
from pathlib import Path

import grimp
import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[1]
STAGES = YAML(typ="safe").load(ROOT / "dvc.yaml")["stages"]
CODELESS = {"settings": "checks params.yaml: no code changes what it writes, which is a constant and names"}
"""Stages that depend on no code, each with the reason."""

UNWATCHED = {
    "cnnbench.core": "writes what it is given; tests/core holds the bytes of a JSON file",
    "cnnbench.config": "parses params.yaml: what it passes on stands in `params:`",
    "cnnbench.tracking": "writes to MLflow, and into no file that DVC tracks",
}
"""Rooms that a stage may import without depending on them, each with the reason."""

PLUG_INS = {
    "download": {"cnnbench.data.sets": "src/cnnbench/data/sets/${item.definition}"},
    "weights": {"cnnbench.networks": "src/cnnbench/networks/${item.architecture}.py"},
    "features": {"cnnbench.networks": "src/cnnbench/networks/${item.architecture}.py"},
    "train": {"cnnbench.networks": "src/cnnbench/networks/${item.architecture}.py"},
}
"""Found by name at run time: the one that a stage uses is templated into its deps."""

USERS_OWN = {"folder"}  # a definition for data that no entry of the shipped params.yaml has


@pytest.fixture(scope="module")
def graph():
    return grimp.build_graph("cnnbench", exclude_type_checking_imports=True, cache_dir=None)


def watched(module):
    return not any(module == room or module.startswith(f"{room}.") for room in UNWATCHED)


def imported(graph, path):
    """The modules that a script imports, directly or not, without those of rooms that are not watched."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("cnnbench"):
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {name if name in graph.modules else node.module for name in names}
    return reached(graph, found)


def reached(graph, modules):
    """The modules that some import, directly or not, and themselves."""
    found, waiting = set(), list(modules)
    while waiting:
        module = waiting.pop()
        if module not in found and watched(module):
            found.add(module)
            waiting += graph.find_modules_directly_imported_by(module)
    return found


def file_of(module):
    path = ROOT / "src" / module.replace(".", "/")
    return str((path / "__init__.py" if path.is_dir() else path.with_suffix(".py")).relative_to(ROOT))


def covers(dep, path):
    return path == dep or path.startswith(f"{dep}/")


def says_nothing(path):
    """Whether a file is a docstring and nothing else, as the front page of a room may be."""
    return all(isinstance(node, ast.Expr) for node in ast.parse((ROOT / path).read_text()).body)


@pytest.mark.parametrize("name", [name for name in STAGES if name not in CODELESS])
def test_deps_are_the_imports(graph, name):
    definition = STAGES[name].get("do", STAGES[name])
    declared = {dep for dep in definition["deps"] if dep.startswith(("src/", "stages/"))}
    modules = imported(graph, ROOT / "stages" / f"{name}.py")
    for package, dep in PLUG_INS.get(name, {}).items():
        plug_ins = {module for module in graph.modules if module.startswith(f"{package}.") and "._" not in module}
        modules |= reached(graph, plug_ins) - plug_ins
        assert dep in declared
        declared.remove(dep)
    files = {path for path in map(file_of, modules - {"cnnbench"}) if not says_nothing(path)} | {f"stages/{name}.py"}
    assert {path for path in files if not any(covers(dep, path) for dep in declared)} == set(), "not in dvc.yaml"
    assert {dep for dep in declared if not any(covers(dep, path) for path in files)} == set(), "not imported"


@pytest.mark.parametrize("name", STAGES)
def test_what_a_stage_depends_on_stands_in_params_for_every_data_set(name):
    params, definition = YAML(typ="safe").load(ROOT / "params.yaml"), STAGES[name].get("do", STAGES[name])
    for asked in definition.get("params", ()):
        # a stage of a run's test names its data sets in the entry
        for key, data in params["datasets"].items() if "datasets.${key}" in asked else ():
            value = params
            for part in asked.replace("${key}", key).replace("${profile}", params["profile"]).split("."):
                assert part in value, f"{asked} of {data}"
                value = value[part]


# TensorFlow, JAX or PyTorch by way of the backend's own module, which is found by name
NETWORKS, LINEAR, FIGURES = {"keras"}, {"sklearn"}, {"matplotlib"}
USES = {
    "weights": NETWORKS,
    "features": NETWORKS,
    "train": NETWORKS,
    "evaluate": NETWORKS | FIGURES,
    "baselines": LINEAR,
    "probes": LINEAR,
    "test": NETWORKS | FIGURES,
    "corrupt": NETWORKS | FIGURES,
    "report": FIGURES,
}
"""The largest libraries that the code of a stage imports, at its start or where it needs them; of other stages none."""


@pytest.mark.parametrize("name", STAGES)
def test_a_stage_imports_no_large_library_that_it_does_not_use(name, graph):
    modules = imported(graph, ROOT / "stages" / f"{name}.py")
    found = set().union(*(libraries(module) for module in modules))
    assert found & {"tensorflow", "keras", "mlflow", "sklearn", "matplotlib", "seaborn"} == USES.get(name, set())


def libraries(module):
    """The packages that a module imports, within its functions too, but for its types."""
    path = ROOT / "src" / module.replace(".", "/")
    source = (path / "__init__.py" if path.is_dir() else path.with_suffix(".py")).read_text()
    waiting, found = [ast.parse(source)], set()
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "").partition(".")[0])
        elif not (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"):
            waiting += ast.iter_child_nodes(node)
    return found


def test_every_data_set_and_network_is_a_dvc_target():
    params = YAML(typ="safe").load(ROOT / "params.yaml")
    for run in params["runs"].values():
        assert (ROOT / "src/cnnbench/networks" / f"{run['architecture']}.py").exists()
    assert {run["dataset"] for run in params["runs"].values()} == set(params["datasets"])
    definitions = {path.parent.name for path in (ROOT / "src/cnnbench/data/sets").glob("[!_]*/__init__.py")}
    assert {data["definition"] for data in params["datasets"].values()} == definitions - USERS_OWN
    assert definitions >= USERS_OWN
    assert set(params["datasets"]) == definitions - USERS_OWN


@pytest.mark.parametrize("name", STAGES)
def test_a_stage_parses_calls_and_writes_and_no_more(name):
    assert len((ROOT / "stages" / f"{name}.py").read_text().splitlines()) <= 40


def test_no_two_files_bear_one_name_but_plug_ins_of_one_kind():
    files = [path for path in (ROOT / "src/cnnbench").rglob("*.py") if not path.name.startswith("__")]
    names = [path.name for path in files if path.parent.parent.name != "sets"]
    assert sorted(name for name in set(names) if names.count(name) > 1) == []


def test_there_is_no_loose_module_at_the_root():
    assert [path.name for path in (ROOT / "src/cnnbench").glob("*.py")] == ["__init__.py"]


@pytest.fixture
def launch(tmp_path):
    """Runs `stages/run probe 'a b'` in a folder of its own; each Python that there is prints its name and its world."""
    stages = tmp_path / "stages"
    stages.mkdir()
    (stages / "run").write_text((ROOT / "stages/run").read_text())

    def run(*pythons, code=0, stage="probe", name=("a b",), **variables):
        for folder in pythons:
            python = tmp_path / folder / "bin/python"
            python.parent.mkdir(parents=True)
            python.write_text(f'#!/bin/sh\necho "{folder}: $PYTHONPATH $2 $3 <$4>"\n')
            python.chmod(0o755)
        done = subprocess.run(
            ["/bin/sh", "stages/run", stage, *name], cwd=tmp_path, env=variables, capture_output=True, text=True
        )
        assert done.returncode == code
        return done.stdout + done.stderr

    return run


def test_a_stage_finds_the_python_of_the_repository_without_a_path(launch):
    assert launch(".venv", PATH="") == ".venv: src cnnbench.core.launch probe <a b>\n"


def test_in_a_project_of_ones_own_a_stage_runs_the_copy_and_settings_the_installed_package(launch, tmp_path):
    (tmp_path / "data/code/cnnbench").mkdir(parents=True)
    assert launch(".venv", PATH="").startswith(".venv: data/code ")
    assert launch(PATH="", stage="settings").startswith(".venv: src ")


def test_a_stage_takes_its_name_from_dvc_where_no_shell_reads_it(launch):
    name = "a'$(touch x)`touch y`"
    assert launch(".venv", PATH="", name=(), DVC_STAGE=f"probe@{name}").endswith(f" probe <{name}>\n")


def test_a_stage_that_is_run_by_hand_keeps_its_name(launch):
    assert launch(".venv", PATH="", DVC_STAGE="other@x").endswith(" probe <a b>\n")


def test_a_stage_in_a_copy_of_the_repository_finds_the_python_of_the_original(launch, tmp_path):
    assert launch("original/.venv", "path", DVC_ROOT=str(tmp_path / "original"), PATH=str(tmp_path / "path/bin")) == (
        "original/.venv: src cnnbench.core.launch probe <a b>\n"
    )


def test_an_active_environment_comes_first_and_the_path_last(launch, tmp_path):
    path = str(tmp_path / "path/bin")
    assert launch("path", PATH=path).startswith("path: ")
    assert launch(".venv", PATH=path).startswith(".venv: ")
    assert launch("active", PATH=path, VIRTUAL_ENV=str(tmp_path / "active")).startswith("active: ")


def test_without_any_python_a_stage_says_what_to_do(launch):
    assert launch(PATH="", code=2) == (
        "error: Expected a Python in an active environment, in .venv or on the PATH, received none: "
        "activate yours, or run `make install`.\n"
    )


def test_the_makefile_uses_its_own_environment_whatever_is_active():
    done = subprocess.run(
        ["make", "--dry-run", "bench"],
        cwd=ROOT,
        env=os.environ | {"VIRTUAL_ENV": "/other"},
        capture_output=True,
        text=True,
    )
    assert f'VIRTUAL_ENV="{ROOT}/.venv"' in done.stdout
