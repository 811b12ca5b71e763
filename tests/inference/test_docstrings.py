"""The examples in the docstrings that users of the package read, run on a small trained network."""

import doctest

import pytest
from finished import colourful, finish, network

import cnnbench
from cnnbench.inference.predict.predictor import Predictor


@pytest.mark.parametrize("documented", [cnnbench.load, Predictor.predict, Predictor.batches])
def test_examples_of_docstrings_run(documented, tmp_path, monkeypatch, capsys):
    finish(tmp_path, "mnist-mnist_cnn", network(10, "softmax", (28, 28, 1)), [str(digit) for digit in range(10)])
    (tmp_path / "digits").mkdir()
    for number in (1, 2):
        colourful(number).save(tmp_path / f"digits/{number}.png")
    monkeypatch.chdir(tmp_path)
    (example,) = doctest.DocTestFinder().find(documented, globs={"cnnbench": cnnbench})
    result = doctest.DocTestRunner().run(example)
    assert result.attempted
    assert not result.failed, capsys.readouterr().out
