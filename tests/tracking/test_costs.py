import time

import keras
import numpy as np
import pytest

from cnnbench.tracking import costs


def test_a_training_has_a_rate_and_a_peak():
    with costs.Meter("cpu") as meter:
        time.sleep(0.05)
    measured = meter.costs(100)
    assert list(measured) == ["images_per_second", "peak_memory_mib"]
    assert 0 < measured["images_per_second"] <= 2000
    assert list(meter.costs(0)) == ["peak_memory_mib"], "a training that was over when it resumed has no speed"
    assert 10 < measured["peak_memory_mib"] < 2**20  # TensorFlow is loaded: MiB, neither KiB nor bytes


def test_latency_is_the_median_of_twenty_time_calls_after_three(monkeypatch):
    inputs = keras.Input((4,))
    network = keras.Model(inputs, keras.layers.Dense(2)(inputs))
    counted = []
    calls = costs._time_calls
    monkeypatch.setattr(costs, "_time_calls", lambda *args: counted.append(calls(*args)) or counted[-1])
    assert costs.latency_ms(network, np.zeros((1, 4), np.float32)) == pytest.approx(1000 * np.median(counted[1]))
    assert [len(seconds) for seconds in counted] == [costs.WARM_UP, costs.CALLS]


def test_a_slow_network_is_called_once(monkeypatch):
    monkeypatch.setattr(costs, "BUDGET", 0.0)
    assert len(costs._time_calls(lambda: None, 20)) == 1
