"""What TensorFlow is fed with is what the batches give, and the number of steps of an execution changes nothing."""

import gc
import itertools
import threading

import keras
import numpy as np
import pytest

from cnnbench.backend import feeding, on_tensorflow
from cnnbench.data.records.batching import Batches
from cnnbench.data.records.reader import Examples

IMAGES = np.random.default_rng(0).integers(0, 256, (50, 64, 64, 3), np.uint8)
ROWS = IMAGES[:, 0].astype(np.float32)
LABELS = np.arange(50)


@pytest.fixture(params=[on_tensorflow.HELD, 0], ids=["held", "streamed"])
def _held(request, monkeypatch):
    monkeypatch.setattr(on_tensorflow, "HELD", request.param)


@pytest.mark.usefixtures("_held")
@pytest.mark.parametrize("inputs", [IMAGES, ROWS], ids=["images", "rows"])
@pytest.mark.parametrize("seed", [None, 7])
def test_a_network_is_fed_with_the_batches(inputs, seed):
    batches = Batches(inputs, LABELS, size=16, seed=seed)
    fed = feeding.feed(batches)
    for _ in range(2):
        taken = list(itertools.islice(fed, 2 * batches.steps))
        assert len(taken) == (1 if seed is None else 2) * batches.steps
        for (given, labels), expected in zip(taken, batches, strict=False):
            assert np.array_equal(given, expected[0])
            assert np.array_equal(labels, expected[1])


@pytest.mark.usefixtures("_held")
def test_one_pass_is_of_known_length():
    assert int(feeding.feed(Batches(IMAGES, size=16)).cardinality()) == 4, "Keras warns of data that run out"


@pytest.mark.usefixtures("_held")
@pytest.mark.parametrize("seed", [None, 7])
def test_no_epoch_waits_for_the_tuner_of_tf_data(seed):
    assert feeding.feed(Batches(IMAGES, LABELS, size=16, seed=seed)).options().autotune.enabled is False


def test_what_is_fed_from_disk_is_not_written_over(digits):
    examples = Examples(digits.records, digits.contents, list(range(10)))
    batches = Batches(examples.inputs, np.arange(len(examples)), size=200, seed=0)
    held = list(itertools.islice(feeding.feed(batches), 6))
    for given, rows in held:
        assert np.array_equal(given, examples.gather(rows.numpy()))


def test_a_pass_that_is_given_up_leaves_no_thread():
    before = threading.active_count()
    for _ in range(3):
        passing = iter(feeding.feed(Batches(IMAGES, LABELS, size=8, seed=0)))
        next(passing)
        del passing
    gc.collect()
    assert threading.active_count() == before


def test_an_error_in_a_batch_is_raised():
    def fail(step, batch):
        if step == 2:
            raise RuntimeError("no such batch")
        return batch

    with pytest.raises(Exception, match=r"no such batch"):
        list(itertools.islice(feeding.feed(Batches(IMAGES, LABELS, size=16, seed=0, change=fail)), 4))


@pytest.mark.parametrize(("rows", "steps"), [(50, 13), (4, 1), (4 * 1000, 1000), (4 * 2000, 1000), (4 * 1009, 1)])
def test_small_batches_are_executed_many_at_a_time_where_that_divides_an_epoch(rows, steps):
    batches = Batches(np.zeros((rows, 3), np.float32), size=4)
    assert feeding.steps_per_execution(batches) == steps
    assert batches.steps % steps == 0


def test_large_batches_are_executed_one_by_one():
    assert feeding.steps_per_execution(Batches(IMAGES, size=16)) == 1


def test_the_steps_of_an_execution_change_no_bit():
    def train(steps):
        keras.utils.set_random_seed(0)
        model = keras.Sequential(
            [keras.Input((13, 1)), keras.layers.Conv1D(8, 2), keras.layers.Flatten(), keras.layers.Dropout(0.3)]
        )
        model.add(keras.layers.Dense(1))
        rows = np.random.default_rng(1).normal(size=(101, 13, 1)).astype(np.float32)
        train, val = Batches(rows, rows[:, 0, 0], size=16, seed=0), Batches(rows, rows[:, 0, 0], size=16)
        model.compile("adam", "mse", jit_compile=False, steps_per_execution=steps)
        done = model.fit(
            feeding.feed(train),
            validation_data=feeding.feed(val),
            steps_per_epoch=7,
            epochs=3,
            verbose=0,
            shuffle=False,
        )
        return [*done.history["loss"], *done.history["val_loss"]], model.get_weights()

    (losses, weights), (others, other_weights) = train(1), train(7)
    assert losses == others
    assert all(map(np.array_equal, weights, other_weights))


@pytest.mark.usefixtures("_held")
@pytest.mark.parametrize("on_disk", [True, False])
def test_it_predicts_inputs_on_disk_and_in_memory(digits, on_disk):
    inputs = Examples(digits.records, digits.contents, [0, 1]).inputs
    model = keras.Sequential(
        [keras.Input((28, 28, 1), dtype="uint8"), keras.layers.Rescaling(0.5), keras.layers.Flatten()]
    )
    found = feeding.predict(model, inputs if on_disk else np.asarray(inputs), 32)
    assert np.array_equal(found, np.asarray(inputs).reshape(len(inputs), -1) / np.float32(2))
