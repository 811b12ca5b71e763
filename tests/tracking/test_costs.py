import time

import keras
import numpy as np
import pytest

from cnnbench.tracking import costs


def test_a_training_has_a_rate_and_a_peak():
    with costs.Meter("cpu") as meter:
        time.sleep(0.05)
    figures = meter.figures(100)
    assert 0 < figures["images_per_second"] <= 2000
    assert 10 < figures["peak_memory_mib"] < 2**20  # TensorFlow is loaded: MiB, neither KiB nor bytes
    assert figures.get("energy_joules", 1.0) >= 0


def test_energy_that_cannot_be_read_is_left_out(monkeypatch):
    monkeypatch.setattr(costs.energy, "_rapl", lambda powercap: {})
    with costs.Meter("cpu") as meter:
        pass
    assert list(meter.figures(1)) == ["images_per_second", "peak_memory_mib"]


def test_a_training_that_fails_ends_the_count():
    meter = costs.Meter("cpu")

    def fails():
        with meter:
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fails()
    assert meter._energy._ended.is_set() or not meter._energy._last


def test_latency_is_the_median_of_twenty_calls_after_three(monkeypatch):
    inputs = keras.Input((4,))
    network = keras.Model(inputs, keras.layers.Dense(2)(inputs))
    counted = []
    calls = costs._calls
    monkeypatch.setattr(costs, "_calls", lambda *args: counted.append(calls(*args)) or counted[-1])
    assert costs.latency_ms(network, np.zeros((1, 4), np.float32)) == pytest.approx(1000 * np.median(counted[1]))
    assert [len(found) for found in counted] == [costs.WARM_UP, costs.CALLS]


def test_a_slow_network_is_called_once(monkeypatch):
    monkeypatch.setattr(costs, "BUDGET", 0.0)
    assert len(costs._calls(keras.ops.convert_to_tensor, [1.0], 20)) == 1
