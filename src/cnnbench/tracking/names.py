"""Names of metrics in MLflow, whose charts make a section of what stands before the last slash: train, val, test, cost.

Other sections are those of `beyond`: test/<data set>, corruption/<kind>.
"""

from __future__ import annotations

from cnnbench.metrics import lookup

TEST = "test/"
"""Of the metrics on the test part."""
_COSTS = ("images_per_second", "latency_ms", "peak_memory_mib", "parameters", "trained_parameters", "flops")


def place(name: str) -> str:
    """A metric's name with its section; that of an earlier version, as test_accuracy, gets the same.

    Args:
        name: As history.csv, an event or the store has it.
    """
    if "/" in name:
        return name
    if name in _COSTS or name.endswith("_seconds"):
        return f"cost/{name}"
    for prefix, section in ((lookup.TRACKED, TEST), ("val_", "val/")):
        if name.startswith(prefix):
            return section + name.removeprefix(prefix)
    return f"train/{name}"


def is_test(name: str) -> bool:
    """Whether a metric is one on the run's own test part, rather than on another data set."""
    return name.startswith(TEST) and "/" not in name.removeprefix(TEST)
