"""Subgroups of an attribute: values as they are, ages in decades, other numbers in quartiles."""

import numpy as np
import pandas as pd
import pytest

from cnnbench.evaluation import bands


def divided(values, known=None):
    """The subgroups with their sizes."""
    values = pd.Series(values, dtype=object)
    found = bands.divide(values if known is None else pd.Series(known, dtype=object), values)
    assert sum(map(np.sum, found.values())) == len(values)
    return {name: int(members.sum()) for name, members in found.items()}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["m", "f", "m", ""], {"f": 1, "m": 2, "not known": 1}),
        (["10", "2", "2", "nan", "NA"], {"2": 2, "10": 1, "not known": 2}),
        (["50.0", "50", "7.5"], {"7.5": 1, "50": 2}),
        (["20000001", "20000002", "20000001.0"], {"20000001": 2, "20000002": 1}),
        (["19800101000000001", "19800101000000002"], {"19800101000000001": 1, "19800101000000002": 1}),
        (["-0", "0", "1"], {"0": 2, "1": 1}),
        ([f"site {n}" for n in range(20)], {f"site {n}": 1 for n in sorted(range(20), key=str)}),
    ],
)
def test_few_values_are_their_own_subgroups(values, expected):
    assert divided(values) == expected
    assert list(divided(values)) == list(expected)


def test_ages_are_put_in_decades_of_which_empty_ones_are_left_out():
    ages = [str(age) for age in range(0, 121, 5)] + ["", "85.0"]
    found = divided(ages)
    assert list(found) == [*(f"{ten} to {ten + 9}" for ten in range(0, 130, 10)), "not known"]
    assert found["80 to 89"] == 3
    assert divided(["40", "45", "55", ""], known=ages) == {"40 to 49": 2, "50 to 59": 1, "not known": 1}


@pytest.mark.parametrize(
    "values", [[0.5 * n for n in range(100)], [-n for n in range(100)], [1000 + n for n in range(99)]]
)
def test_other_numbers_are_put_in_quartiles_of_the_whole_data_set(values):
    found = divided([str(value) for value in values])
    assert len(found) == 4
    assert max(found.values()) - min(found.values()) <= 1
    first, *_, last = found
    assert first.startswith("up to ")
    assert last.startswith("above ")


def test_many_equal_numbers_give_fewer_bands():
    assert divided([*["0.5"] * 80, *(f"{n}.5" for n in range(1, 21))]) == {"up to 0.5": 80, "above 0.5": 20}


def test_too_many_words_are_refused_with_the_reason():
    with pytest.raises(ValueError, match="it has 21 values, such as site 0, and takes 20 at most"):
        divided([f"site {n}" for n in range(21)])


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        (["f", "f", ""], "its test examples have one value, f"),
        (["40", "45", "nan"], "its test examples have one value, 40 to 49"),
        (["", "NA"], "its test examples have no value"),
    ],
)
def test_one_value_has_nothing_to_be_compared_with(values, reason):
    with pytest.raises(ValueError, match=reason):
        divided(values, known=[*values, "m"] if values[0] == "f" else [*values, *map(str, range(20, 60))])


def test_bands_of_numbers_that_share_their_first_digits_stay_apart():
    assert len(divided([str(20000000 + n) for n in range(40)])) == 4
