"""What holds of any data: no example is lost, doubled or altered, and no group is torn."""

import tempfile
from itertools import chain
from pathlib import Path

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from toys import SPLIT

from cnnbench.config import FOLDS, PARTS
from cnnbench.core import files
from cnnbench.data import provenance, raw
from cnnbench.data.cache import writer
from cnnbench.data.parts import choose_folds
from cnnbench.data.raw import Example
from cnnbench.data.records import reader, schema
from cnnbench.data.split import folds, split_file

quick = settings(max_examples=50, deadline=None, derandomize=True)

names = st.text(st.characters(codec="utf-8", exclude_characters="\0\r\n"), min_size=1, max_size=20)
# float32, as the records hold the targets of a regression
targets = st.floats(width=32, allow_nan=False, allow_infinity=False)


def store(folder, examples, classes):
    """Writes a raw folder of arrays."""
    shape = examples[0].data.shape
    labels = raw.write_examples(folder, examples, len(examples))
    known = provenance.Provenance(
        **dict.fromkeys(("definition", "source", "origin", "title", "unit", "citation", "licence"), ""),
        **dict.fromkeys(("expected", "seed", "fetched"), 0),
        dataset=folder.name,
        synthetic=True,
        task="classification" if classes else "regression",
        classes=classes,
        input_shape=shape,
        examples=len(examples),
        counts={name: labels[index] for index, name in enumerate(classes)},
        archives={},
        sha256={},
        positive="",
        attributes=(),
        ranges={},
        pixel_types={},
        notes=(),
    )
    files.write_json(folder / provenance.FILE, known.model_dump())


@st.composite
def data_sets(draw):
    """Examples, and the names of their classes: images in classes, or rows with a target."""
    ids = draw(st.lists(names, min_size=1, max_size=12, unique=True))
    classes = draw(st.sampled_from([("a", "b", "c"), ()]))
    shape = (4, 4, draw(st.sampled_from([1, 3]))) if classes else (draw(st.integers(1, 3)), 1)
    kind = st.integers(0, 255) if classes else targets
    content = draw(arrays.arrays(np.uint8 if classes else np.float32, (len(ids), *shape), elements=kind))
    labels = [draw(st.integers(0, 2) if classes else targets) for _ in ids]
    return [Example(*row, draw(names)) for row in zip(ids, content, labels, strict=True)], classes


@settings(quick, max_examples=30)
@given(data_sets(), st.data())
def test_records_give_back_what_was_written(data_set, data):
    examples, classes = data_set
    fold_of = {example.id: data.draw(st.integers(0, FOLDS - 1)) for example in examples}
    frame = pd.DataFrame(
        [(one.id, one.group, fold_of[one.id], "", "grouped") for one in examples],
        columns=["id", "unit", "fold", "dropped", "protocol"],
    )
    with tempfile.TemporaryDirectory() as folder:
        stored, cached = Path(folder, "raw", "toy"), Path(folder, "records", "toy")
        store(stored, examples, classes)
        writer.write(stored, frame, cached, (4, 4) if classes else None)
        known = schema.read(cached)
        assert known.examples == len(examples)
        part = reader.load(cached, known, list(range(FOLDS)))
    # shards are in the order of the folds
    assert [fold_of[name] for name in part.ids] == sorted(fold_of.values())
    received = {row[0]: row for row in zip(*part, strict=True)}
    assert set(received) == set(fold_of)
    for example in examples:
        _, group, label, values = received[example.id]
        assert (group, label) == (example.group, example.label)
        assert values.tobytes() == example.data.tobytes()


@st.composite
def grouped(draw):
    """Labels, groups and contents of some examples; many share one or both."""
    count = draw(st.integers(0, 60))
    few = st.lists(st.sampled_from(["", *"abcdefghij"]), min_size=count, max_size=count)
    labels = draw(st.lists(st.integers(0, 2), min_size=count, max_size=count))
    # beside them some that share nothing, or there would be fewer groups than folds
    alone = [f"alone-{number}" for number in range(30)]
    return labels + [0, 1, 2] * 10, draw(few) + alone, draw(few) + alone


@quick
@given(grouped(), st.integers(0, 2**32 - 1), st.integers(2, FOLDS))
def test_every_example_is_dealt_once_and_nothing_shared_is_torn(data, seed, count):
    labels, *keys = data
    unit = folds.join(*keys)
    fold = folds.assign(np.array(labels), unit, seed, folds=count)
    assert fold.shape == (len(labels),)
    assert set(fold.tolist()) == set(range(count))
    for key in keys:
        held = pd.Series(fold).groupby(pd.Series(key)).nunique()
        assert held[held.index != ""].max() == 1
    assert (folds.assign(np.array(labels), unit, seed, folds=count) == fold).all()


@given(st.integers(0, FOLDS - 1), st.booleans())
@quick
def test_every_fold_is_in_one_part(fold, fixed):
    parts = choose_folds(SPLIT, fold, fixed=fixed)
    assert tuple(parts) == PARTS
    assert sorted(chain(*parts.values())) == list(range(FOLDS))


@settings(quick, max_examples=20)
@given(grouped(), st.randoms(use_true_random=False))
def test_a_split_does_not_depend_on_the_order_of_the_examples(data, random):
    # an example's content is that of its key: equal keys are exact copies
    numbers = {key: index for index, key in enumerate(sorted(set(data[2])))}
    examples = [
        Example(f"{index:03d}", np.full((2, 1), numbers[content] or index + 1000, np.float32), label, group)
        for index, (label, group, content) in enumerate(zip(*data, strict=True))
    ]
    splits = []
    for order in ("sorted", "shuffled"):
        if order == "shuffled":
            random.shuffle(examples)
        with tempfile.TemporaryDirectory() as folder:
            store(Path(folder), examples, ("a", "b", "c"))
            splits.append(split_file.make(Path(folder), SPLIT))
    first, second = splits
    pd.testing.assert_frame_equal(first, second)
    for key, whole in (("group", "unit"), ("sha256", "unit"), ("unit", "fold"), ("unit", "split")):
        assert first[first[key] != ""].groupby(key)[whole].nunique().max() == 1
