import math

import pytest

from cnnbench.tracking import energy


@pytest.fixture
def powercap(tmp_path):
    """Two processor packages, a part of one, and the memory's counter, as Linux shows them."""
    for zone, name in (
        ("intel-rapl:0", "package-0"),
        ("intel-rapl:0:0", "core"),
        ("intel-rapl:1", "package-1"),
        ("intel-rapl:2", "psys"),
    ):
        (tmp_path / zone).mkdir()
        (tmp_path / zone / "name").write_text(f"{name}\n")
        (tmp_path / zone / "max_energy_range_uj").write_text("10000000\n")
        count(tmp_path, zone, 1)
    return tmp_path


def count(powercap, zone, joules):
    (powercap / zone / "energy_uj").write_text(f"{joules * 1_000_000}\n")


def test_packages_are_summed_and_their_parts_are_not(powercap):
    counter = energy.Counter(powercap=powercap)
    counter.start()
    for zone, joules in (("intel-rapl:0", 4), ("intel-rapl:0:0", 4), ("intel-rapl:1", 2), ("intel-rapl:2", 9)):
        count(powercap, zone, joules)
    assert counter.stop() == pytest.approx(3 + 1)
    assert not counter._thread.is_alive()


def test_a_counter_that_starts_again_from_0_goes_on(powercap, monkeypatch):
    counter = energy.Counter(powercap=powercap)
    counter.start()
    for joules in (8, 2, 9, 0):  # +7, +4, +7, +1 of a counter that turns at 10
        count(powercap, "intel-rapl:0", joules)
        counter._add()
    assert counter.stop() == pytest.approx(19)


def test_a_long_training_is_looked_at_in_between(powercap, monkeypatch):
    monkeypatch.setattr(energy, "INTERVAL", 0.001)
    counter = energy.Counter(powercap=powercap)
    counter.start()
    count(powercap, "intel-rapl:0", 8)
    while counter._joules < 7:
        pass
    count(powercap, "intel-rapl:0", 2)
    assert counter.stop() == pytest.approx(11)


def test_no_counter_is_none(tmp_path):
    counter = energy.Counter(powercap=tmp_path / "nosuch")
    counter.start()
    assert counter.stop() is None


def test_a_counter_that_may_not_be_read_is_none(powercap):
    (powercap / "intel-rapl:1" / "energy_uj").write_text("")
    counter = energy.Counter(powercap=powercap)
    counter.start()
    assert counter.stop() is None


def test_a_counter_that_goes_away_is_none(powercap):
    counter = energy.Counter(powercap=powercap)
    counter.start()
    (powercap / "intel-rapl:1" / "energy_uj").unlink()
    assert counter.stop() is None


def test_a_gpu_has_its_own_counter(monkeypatch):
    readings = iter([{"gpu": (100.0, math.inf)}, {"gpu": (350.5, math.inf)}])
    monkeypatch.setattr(energy, "_nvml", lambda: next(readings))
    counter = energy.Counter(gpu=True)
    counter.start()
    assert counter.stop() == 250.5


def test_a_gpus_counter_that_was_reset_is_none(monkeypatch):
    readings = iter([{"gpu": (100.0, math.inf)}, {"gpu": (1.0, math.inf)}])
    monkeypatch.setattr(energy, "_nvml", lambda: next(readings))
    counter = energy.Counter(gpu=True)
    counter.start()
    assert counter.stop() is None


def test_without_nvidias_library_a_gpu_has_none(monkeypatch):
    def absent(name):
        raise OSError(name)

    monkeypatch.setattr(energy.ctypes, "CDLL", absent)
    assert energy._nvml() == {}


@pytest.mark.parametrize(("visible", "count", "index"), [("", 1, 0), ("", 2, None), ("1,0", 2, 1), ("GPU-ab", 2, "ab")])
def test_the_gpu_in_use_is_read(monkeypatch, visible, count, index):
    """Of a stand-in for NVML, whose functions fill in what they are pointed to and return 0."""

    class Nvml:
        found = None

        def nvmlInit_v2(self):  # noqa: N802
            return 0

        nvmlShutdown = nvmlInit_v2  # noqa: N815

        def nvmlDeviceGetCount_v2(self, pointer):  # noqa: N802
            pointer._obj.value = count

        def nvmlDeviceGetHandleByIndex_v2(self, number, pointer):  # noqa: N802
            self.found = number
            return 0

        def nvmlDeviceGetHandleByUUID(self, name, pointer):  # noqa: N802
            self.found = name.decode().removeprefix("GPU-")
            return 0

        def nvmlDeviceGetTotalEnergyConsumption(self, device, pointer):  # noqa: N802
            pointer._obj.value = 2500
            return 0

    nvml = Nvml()
    monkeypatch.setattr(energy.ctypes, "CDLL", lambda name: nvml)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert energy._nvml() == ({} if index is None else {"gpu": (2.5, math.inf)})
    assert nvml.found == index
