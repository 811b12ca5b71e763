"""The same weights give the same answers with every backend; each is tried where it is installed."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from cnnbench.backend import environment, runtime
from cnnbench.core.errors import UserError

BACKENDS = ("tensorflow", "jax", "torch")
HERE = Path(__file__).parent


@pytest.mark.parametrize("backend", BACKENDS)
def test_scores_heatmaps_and_operations_are_those_of_tensorflow(backend):
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"the package {backend} is not installed: pip install {backend}")
    clean = {name: value for name, value in os.environ.items() if name != "KERAS_BACKEND"}
    command = [sys.executable, str(HERE / "parity.py"), backend]
    done = subprocess.run(command, env=clean | {"PYTHONPATH": "src"}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found, expected = json.loads(done.stdout), json.loads((HERE / "parity.json").read_text())
    assert (found["backend"], found["device"], found["others"]) == (backend, "cpu", [backend])
    for network, wanted in expected.items():
        assert np.abs(np.subtract(found[network]["scores"], wanted["scores"])).max() < 1e-5
        assert np.abs(np.subtract(found[network]["heats"], wanted["heats"])).max() < 1e-5
        assert found[network]["flops"] == wanted["flops"]
        assert found[network]["waits"]


def test_all_have_the_same_words():
    names = [{name for name in vars(runtime.engine(backend)) if name[0] != "_"} for backend in BACKENDS]
    functions = {"variables", "import_package", "set_up", "has_gpu", "gradient", "prediction", "peak_bytes"}
    assert all(functions | {"PACKAGE", "RUNS_STEPS", "COMPILES", "feed", "callbacks"} <= found for found in names)


def test_one_that_is_not_installed_is_a_line(monkeypatch):
    def absent():
        raise ModuleNotFoundError("No module named 'jax'", name="jax")

    monkeypatch.setattr(runtime.engine("jax"), "import_package", absent)
    monkeypatch.setattr(environment, "pin", lambda *_: None)
    with pytest.raises(UserError, match=r"Expected the package jax, as backend: jax in params.yaml says"):
        runtime.import_quietly("jax")
