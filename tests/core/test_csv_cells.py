"""Cells that a spreadsheet would calculate."""

import csv
import io

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnbench.core.csv_cells import guard, guard_texts, unguard


@pytest.mark.parametrize(
    "cell",
    [
        "=1+1", "+1+1", "-1+1", "@SUM(A1)", "=cmd|'/C calc'!A0", "\t=1", "\r=1", "\n=1", "\tx", "\rx", " =1", "-", "--",
        "-x.png", "=", "@", "＝1+1", "－x", "'=1", "''-x", "-1e", "+inf", "-1_000", "-nan",
    ],
)  # fmt: skip
def test_a_text_that_begins_like_a_formula_is_shown_as_text(cell):
    assert guard(cell) == f"'{cell}"
    assert unguard(guard(cell)) == cell


@pytest.mark.parametrize(
    "cell", ["", "a", "'a", "'", "''", "a=b", "1", "-1", "+1", "-0.5", "-.5", "-5.", "-1e-05", "+2E+3"]
)
def test_other_texts_and_all_numbers_stay(cell):
    assert guard(cell) == unguard(cell) == cell


@settings(max_examples=300, derandomize=True, deadline=None)
@given(st.text(alphabet="'=+-@\t\r\n 1.eax＝", max_size=6) | st.text())
def test_a_cell_comes_back_whatever_it_is(cell):
    assert unguard(guard(cell)) == cell


def test_numbers_of_a_table_stay_numbers():
    frame = guard_texts(pd.DataFrame({"class": ["=a", "b"], "gain": [-0.5, 1.0]}))
    written = list(csv.reader(io.StringIO(frame.to_csv(index=False))))
    assert written == [["class", "gain"], ["'=a", "-0.5"], ["b", "1.0"]]
