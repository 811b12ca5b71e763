"""Predictions of others: what is taken, as it is kept for git, and what is refused in one line."""

import csv

import numpy as np
import pandas as pd
import pytest
from report_folder import PARAMS
from ruamel.yaml import YAML
from toys import refused

from cnnbench import cli
from cnnbench.config.loading import validate
from cnnbench.core import files
from cnnbench.planning import bringing, split_export

CLASSES = list(map(str, range(10)))


@pytest.fixture
def place(digits, tmp_path):
    """A repository with the split of 400 digits."""
    (tmp_path / "data/splits").mkdir(parents=True)
    (tmp_path / "data/raw").mkdir()
    (tmp_path / "data/raw/mnist").symlink_to(digits.raw)
    digits.split.to_parquet(tmp_path / "data/splits/mnist.parquet")
    (tmp_path / "params.yaml").write_bytes(PARAMS.read_bytes())
    return tmp_path


@pytest.fixture
def tested(digits):
    """The ids of the test part."""
    return digits.split.loc[digits.split["fold"] == 0, "id"].tolist()


def knobs(**changes):
    return validate(YAML(typ="safe").load(PARAMS) | changes)


def write(folder, ids, columns=CLASSES, values=None):
    """A table of predictions that are as sure of every class."""
    values = np.full((len(ids), len(columns)), 0.1) if values is None else values
    frame = pd.DataFrame({"id": ids} | dict(zip(columns, np.array(values).T, strict=True)))
    frame.to_csv(folder / "theirs.csv", index=False)
    return folder / "theirs.csv"


def bring(place, table, name="theirs", **how):
    return bringing.bring(knobs(), place, table, name, **how)


def test_they_are_kept_sorted_and_in_full_whatever_the_order_of_lines_and_columns(place, tested):
    values = np.random.default_rng(0).dirichlet(np.ones(10), len(tested))
    path = bring(place, write(place, tested, values=values))
    shuffled = write(place, tested[::-1], CLASSES[::-1], values[::-1, ::-1])
    again = bring(place, shuffled, "again", trained_on="ImageNet-1k")
    assert path.read_bytes() == again.read_bytes()
    rows = list(csv.reader(path.read_text().splitlines()))
    assert rows[0] == ["id", *CLASSES]
    assert [row[0] for row in rows[1:]] == sorted(tested)
    assert float(rows[1][1]) == values[tested.index(rows[1][0]), 0]
    record = files.read_json(path.with_suffix(".json"))
    assert (record["dataset"], record["fold"], record["examples"]) == ("mnist", 0, len(tested))
    assert files.read_json(again.with_suffix(".json"))["trained_on"] == "ImageNet-1k"


def test_the_command_takes_what_split_export_lists(place, tested, capsys):
    parts = split_export.export(knobs(), place, "mnist", place / "split.csv")
    frame = pd.read_csv(place / "split.csv", dtype=str, keep_default_na=False)
    assert parts["test"] == len(tested) == (frame["part"] == "test").sum()
    table = write(place, frame.loc[frame["part"] == "test", "id"].tolist())
    where = ["--params", str(place / "params.yaml")]
    assert cli.main(["runs", *where, "--add-predictions", str(table), "--name", "theirs"]) == 0
    assert "taken. `dvc repro report` shows it; `git add" in capsys.readouterr().out
    assert cli.main(["runs", *where, "--add-predictions", str(table), "--name", "theirs"]) == 2
    assert "Expected a name that no run, test or earlier file in brought/ has" in capsys.readouterr().err
    assert cli.main(["runs", *where, "--name", "theirs"]) == 2
    assert "Expected --add-predictions FILE with --name NAME" in capsys.readouterr().err


def test_ids_that_are_missing_surplus_doubled_or_unknown(place, tested):
    with refused(f"each of the {len(tested)} test examples of mnist, fold 0, and no other, .* lacks 2 ids"):
        bring(place, write(place, tested[2:]))
    with refused("has besides 1 id, such as 'extra'"):
        bring(place, write(place, [*tested, "extra"]))
    with refused(f"lacks 1 id, such as '{tested[0]}' and has besides 1 id, such as 'typed'"):
        bring(place, write(place, ["typed", *tested[1:]]))
    with refused(f"Expected each id once in .*, received '{tested[3]}' in lines 5 and {len(tested) + 2}"):
        bring(place, write(place, [*tested, tested[3]]))
    with refused("received 'a' and others of none that is split here"):
        bring(place, write(place, ["a", "b"]))
    with refused("Expected a line per test example"):
        bring(place, write(place, []))
    assert not (place / "brought").exists()


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([0.1] * 9 + [0.2], r"sum to 1 in line 3 of .*, received 0\.1, .* which sum to 1\.1: apply softmax"),
        ([-0.1, 0.3] + [0.1] * 8, "probabilities of at least 0"),
        ([np.nan] + [0.1] * 9, "Expected finite numbers in line 3 of .*, received '', '0.1'"),
        ([np.inf] + [0.1] * 9, "Expected finite numbers in line 3"),
    ],
)
def test_what_are_no_probabilities(place, tested, values, message):
    scores = np.full((len(tested), 10), 0.1)
    scores[1] = values
    with refused(message):
        bring(place, write(place, tested, values=scores))
    assert not (place / "brought").exists()


def test_words_are_no_numbers(place, tested):
    table = write(place, tested)
    table.write_text(table.read_text().replace("0.1", "likely", 1))
    with refused("Expected finite numbers in line 2 of .*, received 'likely'"):
        bring(place, table)


def test_decimal_commas_are_told_what_to_write(place, tested):
    table = write(place, tested)
    table.write_text(table.read_text().replace(",", ";").replace("0.1", "0,1"))
    with refused("received '0,1', .*: write decimals with a point"):
        bring(place, table)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (CLASSES[:9], "Expected the columns id, 0, .*, 9 in .*; '9' is missing"),
        ([*CLASSES, "10"], "'10' is none of them"),
        ([*CLASSES[:9], "nine"], "'nine' is none of them"),
    ],
)
def test_other_classes(place, tested, columns, message):
    with refused(message):
        bring(place, write(place, tested, columns))


def test_a_file_without_ids_or_none_at_all(place, tested):
    (place / "theirs.csv").write_text("name,0\na,1\n")
    with refused(
        r"Expected the column id in .*theirs.csv, received 'name', '0': `cnnbench split export` lists the ids"
    ):
        bring(place, place / "theirs.csv")
    with refused("Expected a CSV file at .*nosuch.csv, received none"):
        bring(place, place / "nosuch.csv")
    with refused("Expected a name of letters, digits, _ and -"):
        bring(place, write(place, tested), "../theirs")
    with refused("Expected a name that no run, test"):
        bring(place, write(place, tested), "mnist-mnist_cnn")
    with refused("Expected a run or a data set among .*, received 'mnits'"):
        bring(place, write(place, tested), of="mnits")


def test_ids_of_two_data_sets_need_one_to_be_named(place, tested):
    content = YAML(typ="safe").load(PARAMS)
    both = content["datasets"] | {"twin": content["datasets"]["mnist"]}
    (place / "data/splits/twin.parquet").write_bytes((place / "data/splits/mnist.parquet").read_bytes())
    (place / "data/raw/twin").symlink_to(place / "data/raw/mnist")
    table = write(place, tested)
    with refused(r"received those of mnist \(fold 0\), twin \(fold 0\): name one by --of"):
        bringing.bring(knobs(datasets=both), place, table, "theirs")
    source = files.read_json(place / "data/raw/twin/source.json")
    assert source["classes"] == CLASSES
    assert bringing.bring(knobs(datasets=both), place, table, "theirs", of="mnist").exists()


def test_a_split_is_exported_with_its_images_and_without_the_labels_of_test(place, digits):
    counts = split_export.export(knobs(), place, "mnist-mnist_cnn", place / "out/split.csv", place / "images")
    frame = pd.read_csv(place / "out/split.csv", dtype=str, keep_default_na=False)
    assert list(frame) == ["id", "part", "label", "group", "file"]
    assert counts == frame["part"].value_counts().to_dict()
    assert (frame.loc[frame["part"] == "test", "label"] == "").all()
    assert set(frame.loc[frame["part"] == "train", "label"]) == set(CLASSES)
    assert all((place / "images" / name).is_file() for name in frame["file"])
    assert frame["file"].is_unique
    with refused("Expected a new folder for the images"):
        split_export.export(knobs(), place, "mnist", place / "out/split.csv", place / "images")
    with refused("Expected .*boston_housing.parquet, received none: run `dvc repro split@boston_housing` first"):
        split_export.export(knobs(), place, "boston_housing", place / "out/split.csv")
