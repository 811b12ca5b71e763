"""Batches: every example once an epoch, in an order that seed and epoch decide, in memory that is used again."""

import itertools

import numpy as np
import pytest

from cnnbench.data.records.batching import Batches
from cnnbench.data.records.buffers import Buffers
from cnnbench.data.records.reader import Examples


def test_every_example_comes_once_an_epoch_in_an_order_that_seed_and_epoch_decide(digits):
    examples = Examples(digits.records, digits.contents, [0, 1, 2])
    numbers = np.arange(len(examples))

    def epochs(seed, first=0, number=2):
        batches = Batches(examples.inputs, numbers, size=16, seed=seed, epoch=first)
        taken = list(itertools.islice(batches, number * batches.steps))
        assert all((inputs == examples.gather(rows)).all() for inputs, rows in taken)
        assert {len(rows) for _, rows in taken} == {16, len(numbers) % 16}
        return np.split(np.concatenate([rows for _, rows in taken]), number)

    first, second = epochs(0)
    again, _ = epochs(0)
    (resumed,) = epochs(0, first=1, number=1)
    other, _ = epochs(2**32 - 1)
    assert sorted(first) == sorted(second) == sorted(other) == numbers.tolist()
    assert (first == again).all()
    assert (second == resumed).all(), "the order of an epoch does not depend on where the training began"
    assert (first != second).any()
    assert (first != other).any()


def test_without_a_seed_they_come_once_in_their_order():
    inputs = np.arange(70, dtype=np.uint8).reshape(70, 1)
    batches = Batches(inputs, inputs[:, 0], size=32)
    for _ in range(2):
        taken = [(given.copy(), labels) for given, labels in batches]
        assert [len(given) for given, _ in taken] == [32, 32, 6]
        assert np.array_equal(np.concatenate([given for given, _ in taken]), inputs)
        assert np.array_equal(np.concatenate([labels for _, labels in taken]), inputs[:, 0])
    assert batches.steps == 3


@pytest.mark.parametrize("seed", [None, 5])
def test_numbers_stand_for_the_examples_of_the_same_batches(seed):
    inputs = np.random.default_rng(0).integers(0, 256, (70, 3), np.uint8)
    batches = Batches(inputs, inputs[:, 0], size=32, seed=seed, epoch=2)
    numbered = batches.numbered()
    for (rows, others), (given, labels) in itertools.islice(zip(numbered, batches, strict=False), 5):
        assert np.array_equal(inputs[rows], given)
        assert np.array_equal(others, labels)
    whole = next(numbered.epochs())
    parts = itertools.islice(numbered, batches.steps)
    assert all(map(np.array_equal, whole, map(np.concatenate, zip(*map(_copied, parts), strict=True))))
    assert (numbered.nbytes, numbered.steps, batches.nbytes) == (70 * 8, 3, 70 * 3)


def _copied(batch):
    return tuple(array.copy() for array in batch)


@pytest.mark.parametrize("nbytes", [1, 31, 210, 10**6])
def test_all_inputs_come_in_pieces_of_so_many_bytes(nbytes):
    inputs = np.random.default_rng(0).integers(0, 256, (70, 3), np.uint8)
    whole = np.zeros_like(inputs)
    for begin, piece in Batches(inputs, size=32, seed=5).in_pieces(nbytes):
        assert piece.nbytes <= max(nbytes, 3)
        whole[begin : begin + len(piece)] = piece
    assert np.array_equal(whole, inputs)


@pytest.mark.parametrize("on_disk", [True, False])
def test_a_batch_that_is_held_is_left_alone(housing, on_disk):
    inputs = Examples(housing.records, housing.contents, list(range(10))).inputs
    inputs = inputs if on_disk else np.asarray(inputs)
    expected = np.asarray(inputs)
    batches = iter(Batches(inputs, np.arange(len(inputs)), size=16, seed=3))
    held = [next(batches) for _ in range(20)]
    views = [next(batches)[0][2:5, :, 0] for _ in range(3)]
    for given, rows in held:
        assert np.array_equal(given, expected[rows])
    assert len({view.ctypes.data for view in views}) == 3


def test_memory_is_used_again_once_nobody_holds_it():
    inputs = np.zeros((64, 100, 100), np.uint8)
    owners = {given.base.ctypes.data for given, _ in Batches(inputs, inputs[:, 0, 0], size=8)}
    assert len(owners) <= 2


def test_memory_is_aligned_and_large_enough():
    buffers = Buffers()
    first = buffers.empty((3, 5), np.float32)
    assert (first.shape, first.dtype, first.ctypes.data % 64) == ((3, 5), np.float32, 0)
    kept = first.ctypes.data
    del first
    assert buffers.empty((2, 5), np.float32).ctypes.data == kept
    assert buffers.empty((30, 5), np.float32).ctypes.data != kept


def test_a_change_is_told_the_number_of_its_batch():
    inputs = np.zeros((10, 2), np.uint8)
    numbers = Batches(inputs, inputs, size=4, seed=0, epoch=2, change=lambda step, _: (np.array(step),))
    assert [int(step) for (step,) in itertools.islice(numbers, 5)] == [6, 7, 8, 9, 10]
