import pytest

from cnnbench.backend import runtime
from cnnbench.data.cache import tfrecord


@pytest.fixture(scope="module")
def tf():
    runtime.import_quietly()
    import tensorflow

    return tensorflow


@pytest.mark.parametrize("label", [0, 1, 127, 128, 300, 2**40, 22.5, -3.25])
def test_bytes_are_tensorflows_own(tf, tmp_path, label):
    features = {"label": label, "input": bytes(range(256)) * 3, "id": "röntgen/1.png".encode(), "group": b""}
    listed = {
        name: tf.train.Feature(
            bytes_list=tf.train.BytesList(value=[value]) if isinstance(value, bytes) else None,
            int64_list=tf.train.Int64List(value=[value]) if isinstance(value, int) else None,
            float_list=tf.train.FloatList(value=[value]) if isinstance(value, float) else None,
        )
        for name, value in features.items()
    }
    theirs = tf.train.Example(features=tf.train.Features(feature=listed)).SerializeToString(deterministic=True)
    ours = tfrecord.example(features)
    assert ours == theirs
    with tf.io.TFRecordWriter(str(tmp_path / "theirs")) as writer:
        writer.write(theirs)
    assert tfrecord.frame(ours) == (tmp_path / "theirs").read_bytes()
