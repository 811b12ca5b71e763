"""The reader without TensorFlow gives what TensorFlow's gives."""

import struct
import subprocess
import sys

import numpy as np
import pytest

from cnnbench.data.cache import tfrecord
from cnnbench.data.records import example, gathering, reader

ALL = list(range(10))


@pytest.mark.parametrize("name", ["digits", "housing"])
def test_it_gives_what_tensorflow_gives(name, request):
    made = request.getfixturevalue(name)
    expected = reader.load(made.records, made.contents, ALL)
    for one, other in zip(gathering.load(made.records, made.contents, ALL), expected, strict=True):
        assert one.dtype == other.dtype
        np.testing.assert_array_equal(one, other)


def test_some_examples_are_gathered_in_the_order_asked_for(digits):
    examples = gathering.Examples(digits.records, digits.contents, [3, 4])
    whole = reader.load(digits.records, digits.contents, [3, 4])
    assert len(examples) == len(whole.ids)
    np.testing.assert_array_equal(examples.gather([5, 0, 5]), whole.inputs[[5, 0, 5]])
    assert examples.gather([]).shape == (0, 28, 28, 1)


def test_it_does_without_tensorflow():
    code = "import sys; import cnnbench.data.records.reader; sys.exit('tensorflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_an_example_of_tensorflow_is_parsed_with_numbers_packed_or_alone_and_negative():
    import tensorflow as tf

    features = {
        "text": tf.train.Feature(bytes_list=tf.train.BytesList(value=[b"\x00abc"])),
        "whole": tf.train.Feature(int64_list=tf.train.Int64List(value=[-7])),
        "large": tf.train.Feature(int64_list=tf.train.Int64List(value=[2**40])),
        "real": tf.train.Feature(float_list=tf.train.FloatList(value=[-0.5])),
    }
    record = tf.train.Example(features=tf.train.Features(feature=features)).SerializeToString()
    found = example.parse(memoryview(record), example.Place(0, len(record)))
    place = found.pop("text")
    assert record[place.start : place.stop] == b"\x00abc"
    assert found == {"whole": -7, "large": 2**40, "real": -0.5}


def test_a_number_that_is_not_packed_is_read_too():
    number = b"\x08\x05"  # field 1, a varint
    feature = b"\x1a" + bytes([len(number)]) + number
    entry = b"\x0a\x01n\x12" + bytes([len(feature)]) + feature
    features = b"\x0a" + bytes([len(entry)]) + entry
    record = b"\x0a" + bytes([len(features)]) + features
    assert example.parse(memoryview(record), example.Place(0, len(record))) == {"n": 5}


WHOLE = tfrecord.frame(tfrecord.example({"id": b"x", "label": 3}))
FRAMES = {
    "within the head": WHOLE + b"\x01\x00",
    "within the record": WHOLE[:-6],
    "another length": struct.pack("<Q", 3) + WHOLE[8:],
    "another byte": WHOLE[:20] + b"?" + WHOLE[21:],
    "another checksum": WHOLE[:-1] + bytes([WHOLE[-1] ^ 1]),
}


@pytest.mark.parametrize("case", FRAMES)
def test_a_file_that_ends_early_or_fails_its_checksums_is_refused(case):
    with pytest.raises(ValueError, match=r"^(the head|another (length|content)) of "):
        list(example.frames(memoryview(FRAMES[case])))


@pytest.mark.parametrize("record", [b"", b"\x0a\x00"])
def test_an_example_without_features_has_none(record):
    assert example.parse(memoryview(record), example.Place(0, len(record))) == {}


@pytest.mark.parametrize("record", [b"\x0a\x7f", b"\xff", b"\x0a\x04\x0a\x02\x0a\x00", b"\x0b\x00"])
def test_bytes_that_are_no_example_are_refused(record):
    with pytest.raises(ValueError, match=r"^a "):
        example.parse(memoryview(record), example.Place(0, len(record)))
