"""The stored form: the same values are the same bytes, and damage is told in one line."""

import numpy as np
import pytest
from files_of_weights import origin

from cnnbench.core.errors import UserError
from cnnbench.weights import weight_files

ORIGIN = origin("small-weights", "small")
ARRAYS = {"stem_conv/0": np.arange(6, dtype="f4").reshape(2, 3), "stem_bn/0": np.ones(2, "f4")}


def test_reads_what_was_written(tmp_path):
    weight_files.write(tmp_path / "w", ARRAYS, ORIGIN)
    found = weight_files.read(tmp_path / "w")
    assert found.origin == ORIGIN
    assert found.arrays.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(found.arrays[name], array)
    assert sorted(path.name for path in (tmp_path / "w").iterdir()) == ["source.json", "weights.npz"]


def test_the_same_values_are_the_same_bytes(tmp_path):
    weight_files.write(tmp_path / "a", ARRAYS, ORIGIN)
    # in another order, layout and type
    other = {name: np.asfortranarray(array.astype("f8")) for name, array in reversed(ARRAYS.items())}
    weight_files.write(tmp_path / "b", other, ORIGIN)
    for name in (weight_files.WEIGHTS, weight_files.ORIGIN):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: (folder / weight_files.WEIGHTS).write_bytes(b"PK"),
        lambda folder: (folder / weight_files.WEIGHTS).write_bytes((folder / weight_files.WEIGHTS).read_bytes()[:-30]),
        lambda folder: (folder / weight_files.WEIGHTS).unlink(),
        lambda folder: (folder / weight_files.ORIGIN).unlink(),
        lambda folder: (folder / weight_files.ORIGIN).write_text("{"),
        lambda folder: (folder / weight_files.ORIGIN).write_text("{}"),
    ],
)
def test_refuses_a_damaged_folder(tmp_path, damage):
    weight_files.write(tmp_path, ARRAYS, ORIGIN)
    damage(tmp_path)
    with pytest.raises(UserError, match=r"Expected .* whole, as its stage leaves it, received .*: remove it and run"):
        weight_files.read(tmp_path)
