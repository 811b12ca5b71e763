"""`cnnbench.load(run).predict(...)` of rows, as for Boston housing."""

import csv

import keras
import numpy as np
import pytest
from finished import finish
from mlxtend.data import boston_housing_data

import cnnbench
from cnnbench.core.errors import UserError
from cnnbench.data.sets.boston_housing import FEATURES


@pytest.fixture(scope="module")
def houses():
    features, _ = boston_housing_data()
    return features[:4]


@pytest.fixture
def root(tmp_path):
    keras.utils.set_random_seed(1)
    inputs = keras.Input((13, 1), name="features")
    model = keras.Model(inputs, keras.layers.Dense(1)(keras.layers.Flatten()(inputs)))
    finish(tmp_path, "houses", model, [], dataset="boston_housing", unit="1000 USD")
    return tmp_path


def write(path, *lines):
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(lines)
    return path


def test_the_names_are_those_of_the_data(houses):
    first = dict(zip(FEATURES, houses[0], strict=True))
    assert (first["RM"], first["TAX"], first["LSTAT"]) == (6.575, 296, 4.98), "as Harrison and Rubinfeld print it"


def test_columns_by_place_and_by_name_are_the_same(root, houses, tmp_path):
    predictor = cnnbench.load("houses", root)
    expected = predictor.model.predict(houses[:, :, None], verbose=0)[:, 0]
    plain = predictor.predict(write(tmp_path / "plain.csv", *houses.tolist()))
    assert list(plain.columns) == ["file", "row", "predicted", "unit"]
    assert plain["row"].tolist() == [1, 2, 3, 4]
    assert set(plain["unit"]) == {"1000 USD"}
    np.testing.assert_allclose(plain["predicted"], expected, rtol=1e-5)
    header = ["MEDV", *(name.lower() for name in reversed(FEATURES))]
    named = write(tmp_path / "named.csv", header, *([9, *reversed(row)] for row in houses.tolist()))
    np.testing.assert_allclose(predictor.predict([named])["predicted"], expected, rtol=1e-5)


def test_an_unreadable_row_is_empty_and_a_warning(root, houses, tmp_path):
    rows = houses.tolist()
    path = write(tmp_path / "odd.csv", rows[0], rows[1][:12], ["many", *rows[2][1:]], ["nan", *rows[2][1:]], rows[3])
    with pytest.warns(UserWarning, match="Expected") as warned:
        frame = cnnbench.load("houses", root).predict(path)
    assert frame["predicted"].notna().tolist() == [True, False, False, False, True]
    assert [str(one.message).split("odd.csv, ")[1] for one in warned] == [
        "row 2: Expected 13 cells, received 12.",
        "row 3: Expected a number in column 1, received 'many'.",
        "row 4: Expected a number in column 1, received 'nan'.",
    ]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([[1] * 12], "Expected 13 columns in .*, received 12; they are CRIM, .*, LSTAT"),
        ([FEATURES[1:], [1] * 12], "received 'ZN', .*: CRIM missing"),
        ([FEATURES], "received a line of names alone"),
        ([], "received an empty file"),
    ],
)
def test_other_columns(root, tmp_path, lines, message):
    with pytest.raises(UserError, match=message):
        cnnbench.load("houses", root).predict(write(tmp_path / "bad.csv", *lines))


def test_files_that_are_no_tables(root, tmp_path):
    (tmp_path / "latin.csv").write_bytes(b"\xff\xfe1,2")
    for name, message in {"": "Is a directory", "absent.csv": "nothing there", "latin.csv": "another encoding"}.items():
        with pytest.raises(UserError, match=message):
            cnnbench.load("houses", root).predict(tmp_path / name)


def test_columns_of_a_table_without_known_names_go_by_place(root, houses, tmp_path):
    finish(root, "others", cnnbench.load("houses", root).model, [], dataset="own_table")
    named = write(tmp_path / "named.csv", [f"x{i}" for i in range(13)], *houses.tolist())
    plain = write(tmp_path / "plain.csv", *houses.tolist())
    predictor = cnnbench.load("others", root)
    assert predictor.predict(named)["predicted"].tolist() == predictor.predict(plain)["predicted"].tolist()
    with pytest.raises(UserError, match=r"Expected 13 columns in .*short\.csv, received 2"):
        predictor.predict(write(tmp_path / "short.csv", ["a", "b"], [1, 2]))
