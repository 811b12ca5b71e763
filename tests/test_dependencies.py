"""What the package imports is what pyproject.toml declares: for everyone, or in an extra that a message names."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from toys import refused

from cnnbench.data.sources import extras

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = {
    "tensorflow_datasets": "full", "kaggle": "full", "pydicom": "dicom", "nibabel": "nifti",
    "jax": "jax", "torch": "torch", "distributed": "dask", "submitit": "slurm",
    "onnxruntime": "onnx",
}  # fmt: skip
"""Imported only where they are used, each with the extra that has it."""
WITH_OTHERS = {
    "configobj": "dvc", "dvc_data": "dvc", "dvc_objects": "dvc", "markupsafe": "jinja2", "requests": "kaggle",
    "sqlalchemy": "mlflow", "voluptuous": "dvc",
}  # fmt: skip
"""Parts of a declared package, or what it cannot be used without."""


def canonical(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def declared(lines):
    return {canonical(re.match(r"[\w.-]+", line)[0]) for line in lines}


def imported(folder):
    """The packages of others that the code imports, within its functions too."""
    found = set()
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
            found |= {name.partition(".")[0] for name in names}
    return found - set(sys.stdlib_module_names) - {"cnnbench", "__future__"}


def test_every_import_is_declared():
    base, distributions = declared(PROJECT["dependencies"]), packages_distributions()
    for name in sorted(imported(ROOT / "src") | imported(ROOT / "stages")):
        owner = WITH_OTHERS.get(name, name)
        if owner in EXTRAS:
            lines = PROJECT["optional-dependencies"][EXTRAS[owner]]
            assert canonical(owner) in declared(lines), f"{name} is not in the extra {EXTRAS[owner]}"
        else:
            # of tensorflow-cpu, too
            owners = {canonical(one).removesuffix("-cpu") for one in distributions[owner]}
            assert owners & base, f"{name} is not declared"


def test_tools_of_the_developers_are_no_burden_of_the_users():
    unneeded = declared(PROJECT["dependencies"]) & declared(PROJECT["optional-dependencies"]["dev"])
    assert unneeded == set()


@pytest.mark.parametrize("lock", ["cpu", "gpu"])
def test_what_make_install_takes_has_all_that_runs_and_tests_need(lock):
    text = (ROOT / f"requirements/{lock}.txt").read_text()
    locked = {canonical(name) for name in re.findall(r"^([\w.-]+)==", text, re.MULTILINE)}
    wanted = [
        *PROJECT["dependencies"],
        *(line for key in ("dev", "full") for line in PROJECT["optional-dependencies"][key]),
    ]
    assert declared(wanted) - {"cnnbench"} <= locked


def test_tensorflow_and_its_smaller_form_have_one_version():
    (pinned,) = [line for line in PROJECT["dependencies"] if line.startswith("tensorflow==")]
    for name in ("cpu", "cpu-instead"):
        (line,) = [line for line in (ROOT / f"requirements/{name}.in").read_text().splitlines() if line[:1] not in "#"]
        assert line.partition(" ")[0].replace("-cpu", "") == pinned


def test_a_missing_extra_is_one_line_with_what_to_do():
    extras.require("numpy", "which computes")
    with refused(r"Expected the package no_such, which reads it, received none: `pip install 'cnnbench\[full\]'`"):
        extras.require("no_such", "which reads it")
