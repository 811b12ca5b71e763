"""dvc.yaml tells DVC the truth: each stage lists the code it imports, no less and no more."""

import ast
from pathlib import Path

import grimp
import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).parent.parent
STAGES = YAML(typ="safe").load(ROOT / "dvc.yaml")["stages"]

# Found by name at run time: the one that a stage uses is templated into its deps
DEFINITION = "src/cnnbench/datasets/${item.definition}.py"
NETWORKS = {"src/cnnbench/architectures/_image.py", "src/cnnbench/architectures/${item.architecture}.py"}
UNTRACKED = {"cnnbench.tracking", "cnnbench.costs", "cnnbench.energy"}  # write nothing that DVC tracks
PACKAGES = ("params", "phantoms", "sources", "evaluating", "evaluation", "explaining", "figures", "reporting")
WHOLE = tuple(f"cnnbench.{name}" for name in PACKAGES)
USERS_OWN = {"folder"}  # a definition for data that no entry of the shipped params.yaml has


@pytest.fixture(scope="module")
def graph():
    return grimp.build_graph("cnnbench", exclude_type_checking_imports=True, cache_dir=None)


def imported(graph, path):
    """The modules of cnnbench that a script imports, directly or not."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("cnnbench"):
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {name if name in graph.modules else node.module for name in names}
    return reached(graph, found)


def reached(graph, modules):
    """The modules that some import, directly or not, and themselves."""
    found = set(modules)
    waiting = list(found - UNTRACKED)
    while waiting:
        new = graph.find_modules_directly_imported_by(waiting.pop()) - found - UNTRACKED
        found |= new
        waiting += new
    return found - UNTRACKED - {"cnnbench"}


def as_path(module):
    """The file of a module, or the folder where dvc.yaml names the whole package."""
    for package in WHOLE:
        if module == package or module.startswith(package + "."):
            return package.replace(".", "/")
    path = ROOT / "src" / module.replace(".", "/")
    return str((path / "__init__.py" if path.is_dir() else path.with_suffix(".py")).relative_to(ROOT / "src"))


@pytest.mark.parametrize("name", STAGES)
def test_deps_are_the_imports(graph, name):
    definition = STAGES[name].get("do", STAGES[name])
    declared = {dep for dep in definition["deps"] if dep.startswith(("src/", "stages/"))}
    expected = {f"src/{as_path(module)}" for module in imported(graph, ROOT / "stages" / f"{name}.py")}
    expected.add(f"stages/{name}.py")
    if name == "train":
        expected |= NETWORKS
    if name in ("download", "split", "cache"):
        definitions = {module for module in graph.modules if module.startswith("cnnbench.datasets.")}
        expected |= {f"src/{as_path(module)}" for module in reached(graph, definitions) - definitions} | {DEFINITION}
    assert declared == expected


@pytest.mark.parametrize("name", STAGES)
def test_what_a_stage_depends_on_stands_in_params_for_every_data_set(name):
    params, definition = YAML(typ="safe").load(ROOT / "params.yaml"), STAGES[name].get("do", STAGES[name])
    for asked in definition["params"]:
        for key, data in params["datasets"].items() if "datasets." in asked else ():
            value = params
            for part in asked.replace("${key}", key).replace("${profile}", params["profile"]).split("."):
                assert part in value, f"{asked} of {data}"
                value = value[part]


@pytest.mark.parametrize("name", STAGES)
def test_a_stage_imports_tensorflow_only_where_it_trains_or_predicts(name, graph):
    users = {module for module in graph.modules if graph_uses(module)}
    uses = bool(users & imported(graph, ROOT / "stages" / f"{name}.py"))
    assert uses == (name in ("train", "evaluate"))


def graph_uses(module):
    path = ROOT / "src" / module.replace(".", "/")
    source = (path / "__init__.py" if path.is_dir() else path.with_suffix(".py")).read_text()
    return any(
        isinstance(node, ast.Import) and any(alias.name in ("tensorflow", "keras") for alias in node.names)
        for node in ast.walk(ast.parse(source))
    )


def test_every_data_set_and_network_is_a_dvc_target():
    params = YAML(typ="safe").load(ROOT / "params.yaml")
    for run in params["runs"].values():
        assert (ROOT / "src/cnnbench/architectures" / f"{run['architecture']}.py").exists()
    assert {run["dataset"] for run in params["runs"].values()} == set(params["datasets"])
    definitions = {path.stem for path in (ROOT / "src/cnnbench/datasets").glob("*.py")} - {"__init__"}
    assert {data["definition"] for data in params["datasets"].values()} == definitions - USERS_OWN
    assert definitions >= USERS_OWN
    assert set(params["datasets"]) == definitions - USERS_OWN
    assert all(len((ROOT / "stages" / f"{name}.py").read_text().splitlines()) <= 50 for name in STAGES)
