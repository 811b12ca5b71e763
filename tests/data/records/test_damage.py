"""Shards and `records.json` that are damaged, cut or exchanged: one line that says which stage to run."""

import json
import shutil

import pytest
from toys import refused

from cnnbench.data.cache import tfrecord, writer
from cnnbench.data.records import reader, schema
from cnnbench.data.split import split_file


@pytest.fixture
def records(digits, tmp_path):
    """A copy to damage."""
    return shutil.copytree(digits.records, tmp_path / "mnist")


def load(folder):
    return reader.load(folder, schema.read(folder), [0, 1])


def index(folder):
    return reader.Examples(folder, schema.read(folder), [0, 1])


every_reader = pytest.mark.parametrize("read", [load, index])


def frames(content):
    """The records of a shard, each with its length and checksums."""
    found = []
    while content:
        size = 16 + int.from_bytes(content[:8], "little")
        found.append(content[:size])
        content = content[size:]
    return found


def flip(content, place):
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]


SHARDS = {
    "emptied": lambda content: b"",
    "cut in a record": lambda content: content[:-400],
    "cut between records": lambda content: b"".join(frames(content)[:-1]),
    "a record too many": lambda content: content + frames(content)[0],
    "another record": lambda content: content + tfrecord.frame(tfrecord.example({"id": b"x"})),
    "a record twice in place of another": lambda content: b"".join([*frames(content)[:-1], frames(content)[0]]),
    "two records exchanged": lambda content: b"".join(reversed(frames(content))),
    "a bit of the length": lambda content: flip(content, 0),
    "a bit of the length's checksum": lambda content: flip(content, 8),
    "a bit of the pixels": lambda content: flip(content, 300),
    "a bit of the checksum": lambda content: flip(content, len(content) - 1),
}


@every_reader
@pytest.mark.parametrize("case", SHARDS)
def test_a_damaged_shard_is_refused(records, case, read):
    shard = records / schema.read(records).shards[1].file
    shard.write_bytes(SHARDS[case](shard.read_bytes()))
    with refused(rf"Expected .*{shard.name} with SHA-256 .*: run `dvc repro -f cache@mnist`"):
        read(records)


@every_reader
def test_a_missing_shard_is_refused(records, read):
    (records / schema.read(records).shards[0].file).unlink()
    with refused(r"received No such file or directory: run `dvc repro -f cache@mnist`"):
        read(records)


@every_reader
def test_a_shard_of_another_split_is_refused(digits, records, tmp_path, read):
    other = digits.split.assign(unit="other")
    writer.write(digits.raw, other, tmp_path / "other", (28, 28))
    name = schema.read(records).shards[0].file
    shutil.copy(tmp_path / "other" / name, records / name)
    with refused(r"run `dvc repro -f cache@mnist`"):
        read(records)


def test_a_shard_that_is_not_read_is_not_looked_at(records):
    (records / schema.read(records).shards[5].file).unlink()
    assert len(load(records).ids) == sum(schema.read(records).counts([0, 1]).values())


def exchange(records, change):
    path = records / schema.FILE
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


@pytest.mark.parametrize(
    "change",
    [
        lambda content: content.update(examples=399),
        lambda content: content["shards"].pop(),
        lambda content: content["shards"][0].update(examples=7),
        lambda content: content["shards"][0].update(fold=1),
        lambda content: content["folds"][3]["counts"].update({"7": 0}),
        lambda content: content["folds"].pop(),
    ],
    ids=["examples", "a shard", "its examples", "its fold", "a count", "a fold"],
)
def test_a_description_that_contradicts_itself_is_refused(records, change):
    exchange(records, change)
    with refused(r"Expected .*records\.json as this version writes it, received another: run `dvc repro -f cache@mn"):
        schema.read(records)


def test_records_of_another_data_set_are_refused(records):
    exchange(records, lambda content: content.update(dataset="boston_housing"))
    with refused(r"records of mnist in .*, received those of boston_housing: run `dvc repro -f cache@mnist`"):
        schema.read(records)


@every_reader
@pytest.mark.parametrize(
    "change",
    [{"shape": [28, 27, 1]}, {"dtype": "float32"}, {"task": "regression", "classes": []}],
    ids=["shape", "type", "task"],
)
def test_records_other_than_described_are_refused(records, change, read):
    exchange(records, lambda content: content.update(change))
    with refused(r"run `dvc repro -f cache@mnist`"):
        read(records)


def test_the_split_file_names_each_example_of_the_records(records, digits):
    split_file.write(records.parent / "mnist.parquet", digits.split)
    assert sorted(load(records).ids) == sorted(digits.split.loc[digits.split["fold"] < 2, "id"])
