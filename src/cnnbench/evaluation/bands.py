"""Divides examples into subgroups by the values of an attribute, numbers in bands."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cnnbench.metrics.subgroups import UNKNOWN

MOST_VALUES = 20  # of an attribute of words
MOST_NUMBERS = 10  # of an attribute of numbers; more are put in bands
EXACT = 10.0**15  # numbers below keep their 15 digits; one above, such as a serial number, is taken as a word
OLDEST = 120  # whole numbers from 0 to this may be ages
_MISSING = frozenset({"", "nan", "na", "n/a", "null"})


def divide(known: pd.Series[str], values: pd.Series[str]) -> dict[str, NDArray[np.bool_]]:
    """Divides examples by an attribute: a subgroup per value, in order, those without a value last.

    More than 10 numbers are put in bands: whole numbers from 0 to 120, such as ages, in decades, others in quartiles of
    the whole data set.

    Args:
        known: The values of the whole data set, which decide the bands.
        values: Of the n examples; some of `known`.

    Returns:
        Which examples are in each subgroup that is not empty, shape (n,).

    Raises:
        ValueError: There are too many values that are no numbers, or the n examples have one subgroup at most.
    """
    distinct = sorted({str(value) for value in known} - {value for value in map(str, known) if _is_missing(value)})
    numbers = {value: _number(value) for value in distinct}
    if all(map(math.isfinite, numbers.values())):
        names = _name_numbers(numbers, [numbers[value] for value in map(str, known) if value in numbers])
    elif len(distinct) > MOST_VALUES:
        raise ValueError(f"it has {len(distinct):,} values, such as {distinct[0]}, and takes {MOST_VALUES} at most.")
    else:
        names = {value: value for value in distinct}
    names |= {value: UNKNOWN for value in map(str, known) if _is_missing(value)}
    order = list(dict.fromkeys(names.values()))
    named = np.array([names[str(value)] for value in values], object)
    found = {name: np.asarray(named == name) for name in order if (named == name).any()}
    if len(valued := [name for name in found if name != UNKNOWN]) < 2:
        raise ValueError(f"its test examples have {f'one value, {valued[0]}' if valued else 'no value'}.")
    return found


def _name_numbers(numbers: dict[str, float], known: list[float]) -> dict[str, str]:
    """The subgroup of each written number, from the lowest number to the highest."""
    ordered = sorted(numbers, key=lambda value: numbers[value])
    if len(set(numbers.values())) <= MOST_NUMBERS:
        return {value: f"{numbers[value] + 0.0:.15g}" for value in ordered}  # + 0.0: without the sign of -0
    if all(number.is_integer() and 0 <= number <= OLDEST for number in numbers.values()):
        decades = {value: int(numbers[value]) // 10 * 10 for value in ordered}
        return {value: f"{decade} to {decade + 9}" for value, decade in decades.items()}
    edges = np.unique(np.quantile(known, [0.25, 0.5, 0.75]))
    # as few digits as tell the edges apart: bands of one name would be one
    ends = next(
        texts for digits in range(6, 18) if len(set(texts := [f"{edge:.{digits}g}" for edge in edges])) == len(edges)
    )
    labels = [f"up to {ends[0]}", *(f"{low} to {high}" for low, high in itertools.pairwise(ends))]
    labels.append(f"above {ends[-1]}")
    # an edge belongs to the band below it
    return {value: labels[int(np.searchsorted(edges, numbers[value]))] for value in ordered}


def _number(text: str) -> float:
    """NaN for a word, and for a number of so many digits that a float would round it to another."""
    try:
        number = float(text)
    except ValueError:
        return math.nan
    return number if abs(number) < EXACT else math.nan


def _is_missing(value: str) -> bool:
    return value.strip().lower() in _MISSING
