"""Thresholds of metrics, which `cnnbench check` compares with the measured figures."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from cnnbench.config.section import Section

_FORMS = (
    "{min: number} or {max: number}, each with or without of: low or of: high, or {baseline: number, tolerance: number}"
)


class Bound(Section):
    """A floor, a ceiling, or a stored figure that a metric must not be worse than.

    In `params.yaml`: `{min: 0.9}`, `{max: 8.0}`, `{min: 0.9, of: low}`, `{baseline: 0.95, tolerance: 0.01}`.

    Attributes:
        kind: "min", "max", or "baseline": a floor for a metric that is better high, a ceiling for one better low.
        value: The floor, the ceiling or the stored figure, in the unit of the metric.
        of: The bounded figure: the value, or an end of its 95 % interval. A floor of the lower end and a ceiling of
            the upper one are cautious.
        tolerance: The largest accepted distance on the worse side of the stored figure; 0 for a floor or a ceiling.
    """

    kind: Literal["min", "max", "baseline"]
    value: float
    of: Literal["value", "low", "high"] = "value"
    tolerance: Annotated[float, Field(ge=0)] = 0.0

    # before the fields are checked, since none of the written forms has them all
    @model_validator(mode="before")
    @classmethod
    def _from_yaml(cls, value: Any) -> Any:
        if isinstance(value, dict):
            keys = set(value)
            if keys == {"baseline", "tolerance"}:
                return {"kind": "baseline", "value": value["baseline"], "tolerance": value["tolerance"]}
            if len(keys & {"min", "max"}) == 1 and keys <= {"min", "max", "of"}:
                (kind,) = keys & {"min", "max"}
                return {"kind": kind, "value": value[kind]} | {key: value[key] for key in keys & {"of"}}
            if {"kind", "value"} <= keys:
                return value
        raise ValueError(f"either {_FORMS}, received {value!r}")
