"""From a raw folder through split and cache to arrays, on real digits and real rows."""

import hashlib

import numpy as np
import pytest
from toys import SPLIT, refused

from cnnbench.config import Data
from cnnbench.data import download
from cnnbench.data.cache import writer
from cnnbench.data.provenance import read_provenance
from cnnbench.data.raw import read_examples
from cnnbench.data.records import reader, schema
from cnnbench.data.split import split_file

ALL = list(range(10))


def content(folder):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def test_source_json_says_what_was_fetched(digits):
    known = read_provenance(digits.raw)
    assert (known.title, known.synthetic, known.examples, known.expected) == ("MNIST", False, 400, 70_000)
    assert sum(known.counts.values()) == 400
    assert known.sha256 == {name: content(digits.raw)[name] for name in ("examples.csv", "examples.npy")}


def test_split_is_8_1_1_per_class_and_sorted(digits):
    counts = split_file.counts(digits.split, tuple("0123456789"))
    assert sum(counts["train"].values()) == pytest.approx(320, abs=5)
    for label, total in read_provenance(digits.raw).counts.items():
        assert counts["test"][label] in (total // 10, total // 10 + 1)
    assert digits.split["id"].is_monotonic_increasing
    assert not digits.split["dropped"].any()


def test_records_hold_the_pixels_of_the_raw_folder(digits):
    part = reader.load(digits.records, digits.contents, ALL)
    assert part.inputs.dtype == np.uint8
    by_id = {example.id: example for example in read_examples(digits.raw)}
    assert sorted(part.ids) == sorted(by_id)
    for name, pixels, label in zip(part.ids, part.inputs, part.labels, strict=True):
        assert (by_id[name].data == pixels).all()
        assert by_id[name].label == label


def test_folds_of_the_records_are_those_of_the_split(digits):
    fold_of = digits.split.set_index("id")["fold"]
    for fold in ALL:
        ids = reader.load(digits.records, digits.contents, [fold]).ids
        assert sorted(ids) == sorted(fold_of.index[fold_of == fold])
        assert sum(digits.contents.folds[fold].counts.values()) == len(ids)


def test_mean_and_spread_are_those_of_the_pixels(digits):
    pixels = reader.load(digits.records, digits.contents, [4]).inputs
    assert digits.contents.folds[4].mean == [pytest.approx(pixels.mean(), abs=1e-4)]
    assert digits.contents.folds[4].std == [pytest.approx(pixels.std(), abs=1e-4)]


def test_scale_is_the_mean_and_spread_of_folds_together(digits, housing):
    pixels = reader.load(digits.records, digits.contents, [2, 5, 7]).inputs
    mean, spread = digits.contents.scale([2, 5, 7])
    assert mean == [pytest.approx(pixels.mean(), abs=1e-4)]
    assert spread == [pytest.approx(pixels.std(), abs=1e-4)]
    rows = reader.load(housing.records, housing.contents, list(range(2, 10))).inputs[:, :, 0]
    mean, spread = housing.contents.scale(list(range(2, 10)))
    assert mean == pytest.approx(rows.mean(axis=0, dtype=np.float64), rel=1e-5)
    assert spread == pytest.approx(rows.std(axis=0, dtype=np.float64), rel=1e-4)


def test_a_feature_that_never_changes_is_not_divided_by_nothing(housing):
    flat = [fold.model_copy(update={"mean": [3.0] * 13, "std": [0.0] * 13}) for fold in housing.contents.folds]
    assert housing.contents.model_copy(update={"folds": flat}).scale([0, 1]) == ([3.0] * 13, [1.0] * 13)


def test_counts_and_folds_of_nothing_but_what_is_asked_for(digits):
    test = digits.split.loc[digits.split["split"] == "test", "label"]
    assert digits.contents.counts([0]) == {str(label): int((test == label).sum()) for label in range(10)}


def test_rows_keep_their_features_and_targets(housing):
    part = reader.load(housing.records, housing.contents, ALL)
    assert part.inputs.shape == (506, 13, 1)
    assert part.inputs.dtype == np.float32
    by_id = {example.id: example for example in read_examples(housing.raw)}
    assert all((by_id[i].data == row).all() for i, row in zip(part.ids, part.inputs, strict=True))
    assert part.labels == pytest.approx([by_id[i].label for i in part.ids])
    assert [len(fold.mean) for fold in housing.contents.folds] == [13] * 10


def test_bytes_are_the_same_on_every_run(digits, tmp_path):
    download.fetch("mnist", Data(source="packaged", examples=400, size=28), tmp_path / "raw" / "mnist")
    assert content(tmp_path / "raw" / "mnist") == content(digits.raw)
    frame = split_file.make(tmp_path / "raw" / "mnist", SPLIT)
    split_file.write(tmp_path / "one.parquet", frame)
    split_file.write(tmp_path / "two.parquet", digits.split)
    assert (tmp_path / "one.parquet").read_bytes() == (tmp_path / "two.parquet").read_bytes()
    writer.write(tmp_path / "raw" / "mnist", frame, tmp_path / "records", (28, 28))
    assert content(tmp_path / "records") == content(digits.records)


def test_large_folds_are_cut_into_shards_that_lose_nothing(digits, tmp_path, monkeypatch):
    monkeypatch.setattr(writer, "SHARD_BYTES", 10_000)
    known = writer.write(digits.raw, digits.split, tmp_path, (28, 28))
    assert len(known.shards) > 30
    part = reader.load(tmp_path, known, ALL)
    assert sorted(part.ids) == sorted(digits.split["id"])


def test_images_are_scaled_to_the_size_asked_for(digits, tmp_path):
    known = writer.write(digits.raw, digits.split, tmp_path, (14, 14))
    assert known.shape == (14, 14, 1)
    assert reader.load(tmp_path, known, [0]).inputs.shape[1:] == (14, 14, 1)


def test_a_split_of_other_data_is_refused_and_nothing_is_left(digits, tmp_path):
    other = digits.split.assign(id=digits.split["id"].str.replace("000", "999"))
    with refused(r"Expected 400 examples .* received .*: run `dvc repro -f split@mnist`"):
        writer.write(digits.raw, other, tmp_path / "records", (28, 28))
    assert not list((tmp_path / "records").glob("*.json"))
    with refused(r"Expected a size in pixels"):
        writer.write(digits.raw, digits.split, tmp_path, None)


def test_missing_stages_are_named(tmp_path):
    with refused(r"run `dvc repro cache@mnist` first"):
        schema.read(tmp_path / "mnist")
    with refused(r"run `dvc repro download@mnist` first"):
        read_provenance(tmp_path / "mnist")


@pytest.mark.parametrize("text", ['{"dataset": "mnist"}', "{"], ids=["another version's", "cut short"])
def test_a_json_file_of_another_version_is_refused(tmp_path, text):
    for name, stage, read in (("source", "download", read_provenance), ("records", "cache", schema.read)):
        (tmp_path / f"{name}.json").write_text(text)
        with refused(rf"Expected .*{name}\.json as this version writes it, .* `dvc repro -f {stage}@"):
            read(tmp_path)


def test_a_source_that_a_data_set_has_not_is_refused(tmp_path):
    with refused(r"Expected a source of MNIST among packaged, .*received 'phantom'"):
        download.fetch("mnist", Data(source="phantom", examples=10, size=28), tmp_path / "raw")
    with refused(r"Expected a data set among boston_housing, .* received 'nosuch'"):
        download.fetch("nosuch", Data(source="phantom", examples=10, size=28), tmp_path / "raw")
    assert not (tmp_path / "raw").exists()
