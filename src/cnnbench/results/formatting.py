"""Numbers as people read them, the same in every format."""

from __future__ import annotations

import math

from cnnbench.metrics import lookup
from cnnbench.metrics.intervals.bootstrap import Estimate

ABSENT = "–"
"""Stands where a number is not defined."""

_UNITS = ((10**12, "TFLOP"), (10**9, "GFLOP"), (10**6, "MFLOP"), (10**3, "kFLOP"))


def decimal(value: float | None) -> str:
    """A number with three decimals; a dash for None and NaN."""
    if value is None or not math.isfinite(value):
        return ABSENT
    return f"{value:.3f}"


def figure(metric: str, value: float | None, digits: int = 4, sign: str = "") -> str:
    """A value of a metric, or a difference with the sign "+": a count as a whole number; a dash where not defined."""
    if value is None or not math.isfinite(value):
        return ABSENT
    return f"{value:{sign}.{0 if lookup.is_count(metric) else digits}f}"


def interval(estimate: Estimate) -> str:
    """A 95 % interval, as [0.912, 0.934]."""
    if not (math.isfinite(estimate.low) and math.isfinite(estimate.high)):
        return ABSENT
    return f"[{decimal(estimate.low)}, {decimal(estimate.high)}]"


def estimate(found: Estimate | None) -> str:
    """A value with its 95 % interval, as 0.923 [0.912, 0.934]."""
    if found is None or not math.isfinite(found.value):
        return ABSENT
    return f"{decimal(found.value)} {interval(found)}"


def signed(difference: Estimate) -> str:
    """A difference with its 95 % interval, as +0.012 [-0.003, +0.027]."""
    if not math.isfinite(difference.value):
        return ABSENT
    return f"{difference.value:+.3f} [{difference.low:+.3f}, {difference.high:+.3f}]"


def p_value(p: float) -> str:
    """A p value, as p = 0.031, with spaces that do not break."""
    text = f"p {ABSENT}" if math.isnan(p) else "p < 0.001" if p < 0.001 else f"p = {p:.3f}"
    return text.replace(" ", "\N{NO-BREAK SPACE}")


def cell(value: float, spec: str = ".6f") -> str:
    """A number in a CSV file; empty where it is not defined."""
    return f"{value:{spec}}" if math.isfinite(value) else ""


def operations(flops: int) -> str:
    """Floating point operations in three digits, as 12.3 MFLOP; a multiplication with an addition counts as two."""
    for size, unit in _UNITS:
        if flops >= size:
            # Twice, since .3g alone writes 999.9 as 1e+03
            return f"{float(f'{flops / size:.3g}'):g} {unit}"
    return f"{flops} FLOP"
