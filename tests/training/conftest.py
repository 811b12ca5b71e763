"""Shared by the tests of training: a tiny network that starts from weights."""

import pytest
import tiny_network

from cnnbench import networks
from cnnbench.config import Run


@pytest.fixture
def tiny(tmp_path, monkeypatch):
    """The folder of weights of the tiny network, which `cnnbench.networks` finds."""
    monkeypatch.setattr(networks, "__path__", [*networks.__path__])
    tiny_network.add_to(networks)
    folder = tmp_path / "weights" / "tiny"
    folder.mkdir(parents=True)
    tiny_network.write_weights(folder)
    return folder


@pytest.fixture
def tiny_run():
    """Makes a run of it on digits."""

    def make(weights="tiny", **recipe):
        chosen = {"lr": 0.01, "loss": "sparse_categorical_crossentropy", "batch_size": 64, "epochs": 2}
        content = {"dataset": "mnist", "architecture": tiny_network.NAME, "weights": weights}
        return Run.model_validate(content | {"recipe": chosen | recipe})

    return make
