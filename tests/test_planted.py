"""A small version of benchmarks/planted.py: what is not there is seldom found, what is there as often as power says."""

from pathlib import Path

import numpy as np
import pytest


@pytest.fixture
def planted(monkeypatch):
    monkeypatch.syspath_prepend(Path(__file__).parent.parent / "benchmarks")
    import planted

    return planted


@pytest.mark.parametrize("metric", ["accuracy", "roc_auc"])
def test_a_planted_null_is_found_at_most_at_the_nominal_rate(planted, metric):
    found, nominal = planted.rate(planted.Kind("null", metric=metric, networks=2, examples=80), 200)
    assert found < nominal + 2.6 * np.sqrt(nominal * (1 - nominal) / 200)


@pytest.mark.parametrize(("metric", "gain"), [("accuracy", 0.3), ("roc_auc", 0.2)])
def test_a_planted_difference_is_found_as_often_as_its_power_says(planted, metric, gain):
    kind = planted.Kind("planted", metric=metric, gain=gain, networks=2)
    found, power = planted.rate(kind, 150)
    assert 0.5 < power < 0.97
    assert abs(found - power) < 2.6 * np.sqrt(power * (1 - power) / 150) + 0.02


@pytest.mark.parametrize("facts", [{"patient": 4}, {"seeds": 5, "spread": 0.1}])
def test_patients_and_seeds(planted, facts):
    kind = planted.Kind("either", networks=2, examples=80, **facts)
    assert planted.rate(kind, 20)[0] <= 0.25
    assert planted.rate(kind._replace(gain=2.0), 5)[0] >= 0.6
