"""Damage of every kind in raw data, splits and records is found, and nothing else."""

import json
import re
import shutil

import pandas as pd
import pytest
from toys import SPLIT

from cnnbench.config import Rule
from cnnbench.core import files
from cnnbench.data import leakage
from cnnbench.data.split import split_file
from cnnbench.verification import data


class Knobs:
    """What the checks read of params.yaml."""

    split = SPLIT
    datasets = ("mnist",)

    @staticmethod
    def data(name):
        return type("Data", (), {"split": Rule()})


@pytest.fixture
def root(tmp_path, digits):
    """A repository with the raw data, split and records of 400 digits."""
    shutil.copytree(digits.raw, tmp_path / "data/raw/mnist")
    shutil.copytree(digits.records, tmp_path / "data/records/mnist")
    write_split(tmp_path, digits.split)
    return tmp_path


def write_split(root, frame):
    path = root / "data/splits/mnist.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    split_file.write(path, frame)
    classes = tuple("0123456789")
    counts = split_file.counts(frame, classes)
    files.write_json(path.with_suffix(".json"), {"sha256": files.sha256(path), "counts": counts})
    files.write_json(path.with_suffix(".leakage.json"), leakage.audit(frame, "report", classes).model_dump())


def found(root):
    return {finding.check: finding for finding in data.check_data(Knobs, root)}


def test_a_whole_repository_is_as_it_should_be(root):
    assert {check: finding.ok for check, finding in found(root).items()} == {
        "raw": True,
        "split": True,
        "records": True,
    }


def test_an_empty_one_has_nothing_to_check(tmp_path):
    assert found(tmp_path) == {}


def flip(path, at=-100):
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)


def test_a_flipped_bit_in_raw_data(root):
    flip(root / "data/raw/mnist/examples.npy")
    finding = found(root)["raw"]
    assert (finding.ok, found(root)["records"].ok) == (False, True)
    assert "1 of 400 examples have another checksum" in finding.text
    assert "run `dvc repro -f download@mnist`" in finding.text


def test_damaged_records(root):
    shards = sorted((root / "data/records/mnist").glob("*.tfrecord"))
    flip(shards[0])
    shards[1].unlink()
    text = found(root)["records"].text
    assert f"{shards[0].name} has SHA-256" in text
    assert re.search(f"{shards[1].name} has SHA-256 .*received No such file", text)
    (root / "data/records/mnist/records.json").write_text("{")
    assert not found(root)["records"].ok


def broken(frame, change):
    frame = frame.copy()
    change(frame)
    return frame


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda f: f.__setitem__("id", ["same"] * len(f)), "399 examples stand twice"),
        (lambda f: f.loc.__setitem__((0, "fold"), -1), "an example is in no fold"),
        (
            lambda f: f.loc.__setitem__((0, "split"), "val" if f.loc[0, "split"] != "val" else "test"),
            "1 examples are in another part",
        ),
        (lambda f: f.__setitem__("sha256", ["copy"] * len(f)), "1 exact copies are in more than one fold"),
        (lambda f: f.__setitem__("group", ["patient"] * len(f)), "1 groups are in more than one fold"),
    ],
)
def test_a_split_against_the_rules(root, digits, change, expected):
    write_split(root, broken(digits.split, change))
    finding = found(root)["split"]
    assert expected in finding.text
    assert not finding.ok


def test_a_split_that_was_edited_or_an_audit_that_was(root):
    path = root / "data/splits/mnist.parquet"
    audit = json.loads(path.with_suffix(".leakage.json").read_text())
    audit["used"]["leaks"] = True
    path.with_suffix(".leakage.json").write_text(json.dumps(audit))
    assert "the audit, made again, is not that of leakage.json" in found(root)["split"].text
    pd.read_parquet(path).iloc[::-1].to_parquet(path, index=False)
    assert "mnist.parquet has another checksum than mnist.json says" in found(root)["split"].text
    path.write_bytes(b"PAR1")
    assert "cannot be read" in found(root)["split"].text
