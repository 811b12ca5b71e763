"""Keras' files: the three kinds, made by hand and by Keras, whole and damaged."""

import io
import zipfile

import h5py
import keras
import numpy as np
import pytest
from files_of_weights import keras2

from cnnbench.weights import keras_files
from cnnbench.weights.entry import MalformedError

ARRAYS = {"conv/0": np.ones((3, 3, 1, 2), "f4"), "conv/1": np.zeros(2, "f4"), "bn/0": np.arange(2, dtype="f4")}


def small():
    inputs = keras.Input((8, 8, 1))
    x = keras.layers.Conv2D(2, 3, name="conv")(inputs)
    x = keras.layers.BatchNormalization(name="bn")(x)
    x = keras.layers.Conv2D(3, 3, name="a_second_conv")(x)
    return keras.Model(inputs, keras.layers.Flatten(name="flat")(x))


def held(layers):
    return {name: [entry.read() for entry in entries] for name, entries in layers.entries.items() if entries}


@pytest.mark.parametrize("inner", [None, "model_weights"])
def test_reads_keras_2(tmp_path, inner):
    keras2(tmp_path / "w.h5", ARRAYS, inner)
    layers = keras_files.read((tmp_path / "w.h5").read_bytes())
    assert layers.ordered
    found = held(layers)
    assert {name: len(arrays) for name, arrays in found.items()} == {"conv": 2, "bn": 1}
    np.testing.assert_array_equal(found["bn"][0], [0, 1])


@pytest.mark.parametrize("suffix", [".weights.h5", ".keras"])
@pytest.mark.parametrize("nested", [False, True])
def test_reads_what_keras_3_saves_with_its_optimizer_left_out(tmp_path, suffix, nested):
    model = inner = small()
    if nested:
        inputs = keras.Input((8, 8, 1))
        model = keras.Model(inputs, inner(inputs))
    model.compile("adam", "mse")
    path = tmp_path / f"w{suffix}"
    (model.save if suffix == ".keras" else model.save_weights)(path)
    found = held(keras_files.read(path.read_bytes()))
    assert sorted(found) == ["a_second_conv", "bn", "conv"]
    for name, arrays in found.items():
        for array, expected in zip(arrays, inner.get_layer(name).get_weights(), strict=True):
            np.testing.assert_array_equal(array, expected)


def test_refuses_layers_without_names(tmp_path):
    small().save_weights(tmp_path / "w.weights.h5")
    with h5py.File(tmp_path / "w.weights.h5", "a") as file:
        file["layers/conv2d/vars"].attrs.clear()
    with pytest.raises(MalformedError, match="layers without names, as an older Keras 3"):
        keras_files.read((tmp_path / "w.weights.h5").read_bytes())


def test_refuses_other_data_in_hdf5():
    file = io.BytesIO()
    with h5py.File(file, "w") as content:
        content["x"] = np.zeros(3)
    with pytest.raises(MalformedError, match="a file of other data"):
        keras_files.read(file.getvalue())


def test_refuses_arrays_that_lie_elsewhere(tmp_path):
    (tmp_path / "secret").write_bytes(bytes(72))
    keras2(tmp_path / "w.h5", ARRAYS)
    with h5py.File(tmp_path / "w.h5", "a") as file:
        del file["conv/conv/w0:0"]
        file["conv"].create_dataset("conv/w0:0", (3, 3, 1, 2), "f4", external=[(str(tmp_path / "secret"), 0, 72)])
    with pytest.raises(MalformedError, match="arrays in other files"):
        keras_files.read((tmp_path / "w.h5").read_bytes())


def test_refuses_compressed_weights():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(keras_files.INNER, b"0" * 10**6)
    with pytest.raises(MalformedError, match="compressed weights"):
        keras_files.read(file.getvalue())


@pytest.mark.parametrize("suffix", [".h5", ".weights.h5", ".keras"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_refuses_a_file_that_is_cut_short(tmp_path, suffix, share):
    path = tmp_path / f"w{suffix}"
    {".h5": lambda: keras2(path, ARRAYS), ".weights.h5": lambda: small().save_weights(path)}.get(
        suffix, lambda: small().save(path)
    )()
    content = path.read_bytes()
    with pytest.raises(MalformedError):
        keras_files.read(content[: int(len(content) * share)])
