"""Features on disk: what the layers give, in the order of the records, and refused where they are of others."""

import json

import numpy as np
import pytest
from toys import refused

from cnnbench import features
from cnnbench.config import ALL
from cnnbench.data.records import reader, schema
from cnnbench.features import computing, feature_files, layers


@pytest.fixture(scope="module")
def network():
    import keras

    return keras.Sequential(
        [
            keras.Input((28, 28, 1), dtype="uint8"),
            keras.layers.Rescaling(1 / 255, name="scale"),
            keras.layers.MaxPooling2D(14, name="pool"),
            keras.layers.Flatten(name="flatten"),
            keras.layers.Dense(3, name="output"),
        ]
    )


@pytest.fixture
def written(digits, network, tmp_path):
    out = tmp_path / "net-features"
    features.compute(network, "pool", digits.records, schema.read(digits.records), out)
    return out


def test_they_are_the_layers_outputs_in_the_order_of_the_records(digits, written):
    known = schema.read(digits.records)
    for folds in ([1], [7, 2, 3], list(range(10))):
        inputs = reader.load(digits.records, known, folds).inputs
        found = features.load(written, known, folds)
        assert found.dtype == np.float32
        assert found.shape == (len(inputs), 2, 2, 1)
        assert found == pytest.approx(inputs.reshape(-1, 2, 14, 2, 14, 1).max(axis=(2, 4)) / 255)
    content = json.loads((written / "features.json").read_text())
    assert (content["dataset"], content["layer"], content["shape"]) == ("mnist", "pool", [2, 2, 1])
    assert len(content["shards"]) == len(known.shards) == len(list(written.glob("*.npy")))


def test_the_same_bytes_each_time(digits, network, written, tmp_path):
    features.compute(network, "pool", digits.records, schema.read(digits.records), tmp_path / "again")
    for path in written.iterdir():
        assert path.read_bytes() == (tmp_path / "again" / path.name).read_bytes()


def test_outputs_that_are_no_numbers_are_refused(digits, tmp_path):
    import keras

    wild = keras.Sequential([keras.Input((28, 28, 1), dtype="uint8"), keras.layers.Rescaling(1e38, name="wild")])
    with refused(r"Expected finite outputs of wild for mnist, received others: start from weights "):
        features.compute(wild, "wild", digits.records, schema.read(digits.records), tmp_path / "wild")
    assert not list((tmp_path / "wild").glob("*.json"))


def test_labels_come_in_the_same_order(digits):
    known = schema.read(digits.records)
    labels = computing.whole(digits.records, known, [9, 0, 4], lambda held: held.labels)
    assert np.array_equal(labels, reader.load(digits.records, known, [9, 0, 4]).labels)


def test_the_layers_on_both_sides_of_a_cut_make_the_whole(digits, network):
    inputs = reader.load(digits.records, schema.read(digits.records), [0]).inputs
    lower, upper = layers.between(network, None, "pool"), layers.between(network, "pool", None)
    assert np.array_equal(
        upper.predict(lower.predict(inputs, verbose=0), verbose=0), network.predict(inputs, verbose=0)
    )


def test_features_of_other_records_are_refused(digits, written):
    known = schema.read(digits.records)
    shards = [shard.model_copy(update={"sha256": "0" * 64}) for shard in known.shards]
    message = (
        r"^Expected features of the records of mnist in .*net-features, received those of others: "
        r"run `dvc repro features@net-features`\.$"
    )
    with refused(message):
        features.load(written, known.model_copy(update={"shards": shards}), [1])


def test_damage_is_refused(digits, written):
    known = schema.read(digits.records)
    first = next(iter(sorted(written.glob("*.npy"))))
    first.write_bytes(first.read_bytes()[:-1])
    with refused(
        r"Expected .*\.npy as its stage leaves it, received another: run `dvc repro -f features@net-features`"
    ):
        features.load(written, known, list(range(10)))
    first.unlink()
    with refused(r"Expected .*\.npy as its stage leaves it, received .*No such file"):
        features.load(written, known, list(range(10)))
    (written / "features.json").write_text("{}")
    with refused(r"Expected .*features.json as this version writes it, received another"):
        feature_files.layer(written)
    (written / "features.json").unlink()
    assert feature_files.layer(written) is None
    with refused(r"Expected .*features.json, received none: run `dvc repro features@net-features` first"):
        features.load(written, known, [1])


def test_a_block_is_found_by_name():
    assert layers.find_layer("vgg16", ALL) == layers.find_layer("vgg16", "block5") == "block5_pool"
    assert layers.find_layer("vgg16", "block2") == "block2_pool"
    with refused(r"Expected a block of vgg16 among all, block1, .*, received 'blok2' \(did you mean block2\?\)"):
        layers.find_layer("vgg16", "blok2")
    with refused(r"Expected a network with blocks, .*, received mnist_cnn"):
        layers.find_layer("mnist_cnn", ALL)
