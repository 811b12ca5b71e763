"""Sizes of networks, as people read them."""

from __future__ import annotations

_UNITS = ((10**12, "TFLOP"), (10**9, "GFLOP"), (10**6, "MFLOP"), (10**3, "kFLOP"))


def operations(flops: int) -> str:
    """Floating point operations in three digits, as 12.3 MFLOP; a multiplication with an addition counts as two."""
    for size, unit in _UNITS:
        if flops >= size:
            return f"{float(f'{flops / size:.3g}'):g} {unit}"
    return f"{flops} FLOP"
