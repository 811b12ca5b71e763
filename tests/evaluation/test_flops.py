"""What is counted of a network."""

import logging

import keras
import pytest

from cnnbench import networks
from cnnbench.evaluation import flops


def test_the_operations_of_a_network_by_hand():
    layers = keras.layers
    inputs = keras.Input((8, 8, 3))
    conv = layers.Conv2D(4, 3, padding="same")(inputs)
    outputs = layers.Dense(5)(layers.Flatten()(conv))
    model = keras.Model(inputs, outputs)
    convolved = 8 * 8 * 4 * (2 * 3 * 3 * 3 + 1)  # of each output a multiplication and addition per weight, and the bias
    dense = 5 * (2 * 8 * 8 * 4 + 1)
    assert flops.count(model) == convolved + dense


def test_they_are_of_one_example_and_repeat_themselves(caplog, capfd):
    small, large = (keras.Sequential([keras.Input((n,)), keras.layers.Dense(7, use_bias=False)]) for n in (10, 20))
    with caplog.at_level(logging.WARNING):
        assert flops.count(small) == flops.count(small) == 2 * 10 * 7
    assert flops.count(large) == 2 * 20 * 7
    assert not caplog.records
    assert not capfd.readouterr().out


@pytest.mark.parametrize("name", ["conv1d", "mnist_cnn"])
def test_a_network_of_ours_takes_at_least_two_for_each_weight(name):
    shape = {"conv1d": (13, 1), "mnist_cnn": (28, 28, 1)}[name]
    model = networks.build(name, shape, 1, "linear")
    assert flops.count(model) > 2 * model.count_params()
