"""The reader gives what TensorFlow's own gives, and memory-maps what it has not been asked for."""

import struct
import subprocess
import sys

import numpy as np
import pytest

from cnnbench.data.cache import tfrecord
from cnnbench.data.records import example, layout, reader

ALL = list(range(10))


def read_by_tensorflow(made):
    """All examples, read as a user of plain TensorFlow would."""
    import tensorflow as tf

    text = tf.io.FixedLenFeature([], tf.string)
    label = tf.io.FixedLenFeature([], tf.int64 if made.contents.classes else tf.float32)
    features = {"id": text, "group": text, "input": text, "label": label}
    paths = [str(made.records / shard.file) for shard in made.contents.shards]
    for record in tf.data.TFRecordDataset(paths).map(lambda one: tf.io.parse_single_example(one, features)):
        pixels = tf.reshape(tf.io.decode_raw(record["input"], made.contents.dtype), made.contents.shape)
        yield *(record[name].numpy().decode() for name in ("id", "group")), record["label"].numpy(), pixels.numpy()


@pytest.mark.parametrize("name", ["digits", "housing"])
def test_plain_tensorflow_reads_the_same(name, request):
    made = request.getfixturevalue(name)
    part = reader.load(made.records, made.contents, ALL)
    assert part.labels.dtype == (np.int64 if made.contents.classes else np.float32)
    expected = list(read_by_tensorflow(made))
    assert len(part.ids) == len(expected)
    for one, other in zip(zip(*part, strict=True), expected, strict=True):
        for value, wanted in zip(one, other, strict=True):
            np.testing.assert_array_equal(value, wanted)


def test_some_examples_are_gathered_in_the_order_asked_for(digits):
    examples = reader.Examples(digits.records, digits.contents, [3, 4])
    whole = reader.load(digits.records, digits.contents, [3, 4])
    assert len(examples) == len(whole.ids)
    np.testing.assert_array_equal(examples.gather([5, 0, 5]), whole.inputs[[5, 0, 5]])
    assert examples.gather([]).shape == (0, 28, 28, 1)


def test_inputs_on_disk_are_indexed_like_an_array(housing):
    inputs = reader.Examples(housing.records, housing.contents, [3]).inputs
    whole = np.asarray(inputs)
    assert (inputs.shape, inputs.ndim, inputs.dtype) == (whole.shape, whole.ndim, whole.dtype)
    for key in (3, np.int64(-1), slice(2, 9, 3), np.array([4, 1]), np.arange(len(whole)) % 2 == 0):
        np.testing.assert_array_equal(inputs[key], whole[key])


def test_it_does_without_tensorflow():
    code = "import sys; import cnnbench.data.records.batching; sys.exit('tensorflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def example_of_tensorflow(features):
    import tensorflow as tf

    kinds = {
        bytes: lambda value: tf.train.Feature(bytes_list=tf.train.BytesList(value=[value])),
        int: lambda value: tf.train.Feature(int64_list=tf.train.Int64List(value=[value])),
        float: lambda value: tf.train.Feature(float_list=tf.train.FloatList(value=[value])),
    }
    made = {name: kinds[type(value)](value) for name, value in features.items()}
    return tf.train.Example(features=tf.train.Features(feature=made)).SerializeToString(deterministic=True)


def values(content):
    """The features of each record of a file, by the fast way."""
    buffer = memoryview(content)
    found = {}
    for name, column in layout.columns(buffer).items():
        read = layout.texts if column.kind == "bytes" else layout.numbers
        found[name] = read(buffer, column).tolist()
    return [dict(zip(found, row, strict=True)) for row in zip(*found.values(), strict=True)]


RECORDS = {
    "of one layout": [{"id": f"{n:03}", "label": n % 100} for n in range(50)],
    "ids of many lengths": [{"id": "x" * (n % 7) + "y", "group": "z" * (n % 3), "label": 1} for n in range(60)],
    "of one length in several layouts": [{"id": "x" * (n % 5), "group": "y" * (5 - n % 5)} for n in range(40)],
    "labels of many lengths": [{"label": n} for n in (0, 127, 128, 300, 2**14, 2**31, 2**40, 2**62, -1, -(2**63), 5)],
    "real numbers": [{"target": n / 3, "id": "ü"} for n in range(-5, 5)],
    "a feature of a name": [{"a much longer name than any other one has": 1, "b": "c"}] * 3,
    "long values": [{"id": "x" * n, "label": n} for n in (0, 1, 127, 128, 129, 16_383, 16_384, 70_000)],
    "one": [{"id": "x"}],
    "none": [],
}


@pytest.mark.parametrize("case", RECORDS)
def test_records_of_tensorflow_are_read_whatever_their_layout(case):
    pytest.importorskip("tensorflow")
    wanted = RECORDS[case]
    raw = [{name: v.encode() if isinstance(v, str) else v for name, v in one.items()} for one in wanted]
    content = b"".join(tfrecord.frame(example_of_tensorflow(one)) for one in raw)
    for one, expected in zip(values(content), wanted, strict=True):
        assert one == {name: np.float32(v) if isinstance(v, float) else v for name, v in expected.items()}


def test_numbers_that_are_not_packed_are_read_too():
    number = b"\x08\x05"  # field 1, a varint
    feature = b"\x1a" + bytes([len(number)]) + number
    entry = b"\x0a\x01n\x12" + bytes([len(feature)]) + feature
    features = b"\x0a" + bytes([len(entry)]) + entry
    record = b"\x0a" + bytes([len(features)]) + features
    assert values(tfrecord.frame(record) * 2) == [{"n": 5}] * 2


def test_records_of_several_kinds_are_refused():
    one, other = (tfrecord.frame(tfrecord.example(features)) for features in ({"a": 1}, {"b": 1}))
    for content in (one + other, one + tfrecord.frame(tfrecord.example({"a": 1.0}))):
        with pytest.raises(ValueError, match=r"^records of several kinds$"):
            layout.columns(memoryview(content))


def test_a_layout_costs_a_record_that_is_parsed(monkeypatch):
    parsed = []
    parse = example.parse
    monkeypatch.setattr(example, "parse", lambda *given: parsed.append(1) or parse(*given))
    content = b"".join(tfrecord.frame(tfrecord.example({"id": b"%05d" % n, "label": n % 10})) for n in range(1000))
    assert [one["label"] for one in values(content)] == [n % 10 for n in range(1000)]
    assert len(parsed) == 1


WHOLE = tfrecord.frame(tfrecord.example({"id": b"x", "label": 3}))
FRAMES = {
    "within the head": WHOLE + b"\x01\x00",
    "within the record": WHOLE[:-6],
    "another length": struct.pack("<Q", 300) + WHOLE[8:],
}


@pytest.mark.parametrize("case", FRAMES)
def test_a_file_that_ends_early_is_refused(case):
    with pytest.raises(ValueError, match=r"^(the head|another length) of "):
        layout.columns(memoryview(FRAMES[case]))


@pytest.mark.parametrize("record", [b"", b"\x0a\x00"])
def test_an_example_without_features_has_none(record):
    assert example.parse(memoryview(record), example.Place(0, len(record))) == {}


CUT_NUMBER = b"\x0a\x0c\x0a\x0a\x0a\x01n\x12\x05\x12\x03\x0a\x01x"  # a float of one byte


@pytest.mark.parametrize("record", [b"\x0a\x7f", b"\xff", b"\x0a\x04\x0a\x02\x0a\x00", b"\x0b\x00", CUT_NUMBER])
def test_bytes_that_are_no_example_are_refused(record):
    with pytest.raises(ValueError, match=r"^a "):
        example.parse(memoryview(record), example.Place(0, len(record)))
