"""The protocols on toy archives, what is refused, and split files given back."""

import pandas as pd
import pytest
from toys import SPLIT, film, refused

from cnnbench.config import Data, Rule, Split
from cnnbench.config.datasets import RESERVED
from cnnbench.core import files
from cnnbench.data import leakage
from cnnbench.data.cache import writer
from cnnbench.data.parts import choose_folds
from cnnbench.data.provenance import read_provenance
from cnnbench.data.records import reader, schema
from cnnbench.data.split import folds, scan, split_file

RESULT = ["id", "label", "unit", "fold", "split", "protocol", "dropped"]


def rule(protocol="grouped", near_copies="ignore"):
    return Rule(protocol=protocol, near_copies=near_copies)


def films(part, count, start=0, each=1):
    """Films of `count` patients of either class, `each` with so many, none like another."""
    return {
        f"{part}/{label}/{stem.format(start + patient, number)}.jpeg": film((start + patient, number, len(label)))
        for patient in range(count)
        for number in range(each)
        for label, stem in (("NORMAL", "IM-{:04d}-{:04d}"), ("PNEUMONIA", "person{}_bacteria_{}"))
    }


def folds_of(frame, prefix):
    return sorted(set(frame.loc[frame["id"].str.startswith(prefix), "fold"]))


def test_grouped_keeps_patients_together_and_has_the_shares(chest):
    frame = split_file.make(chest(films("train", 40, each=3)), SPLIT, rule())
    assert list(frame.columns) == [*split_file.COLUMNS, "perceptual_hash"]
    assert frame["id"].is_monotonic_increasing
    assert frame.groupby("group")["fold"].nunique().max() == 1
    assert sorted(set(frame["fold"])) == list(range(10))
    assert dict(frame["split"].value_counts()) == {"train": 192, "val": 24, "test": 24}
    assert (frame["split"] == frame["fold"].map({0: "test", 1: "val"}).fillna("train")).all()
    assert set(frame["protocol"]) == {"grouped"}
    assert (frame["unit"] == frame["group"]).all()


def test_copies_are_torn_apart_by_image_level_and_not_by_grouped(chest):
    copies = {f"train/NORMAL/IM-{9000 + index}-0001.jpeg": film(9000) for index in range(20)}
    raw = chest(films("train", 40, each=3) | copies)
    torn, whole = (split_file.make(raw, SPLIT, rule(protocol)) for protocol in ("image-level", "grouped"))
    assert len(folds_of(torn, "train/NORMAL/IM-9")) > 5
    assert torn.groupby("group")["fold"].nunique().max() > 1
    assert (torn["unit"] == torn["id"]).all()
    assert len(folds_of(whole, "train/NORMAL/IM-9")) == 1
    assert whole.groupby("unit")["fold"].nunique().max() == 1
    assert whole.groupby("sha256")["unit"].nunique().max() == 1


def test_identical_images_with_different_labels_stay_together(chest):
    raw = chest(
        films("train", 20) | {"train/NORMAL/IM-9000-1.jpeg": film(7), "train/PNEUMONIA/person900_virus_1.jpeg": film(7)}
    )
    frame = split_file.make(raw, SPLIT, rule()).set_index("id")
    pair = frame.loc[["train/NORMAL/IM-9000-1.jpeg", "train/PNEUMONIA/person900_virus_1.jpeg"]]
    assert pair["label"].tolist() == [0, 1]
    assert pair["fold"].nunique() == pair["unit"].nunique() == 1


@pytest.mark.parametrize(("near_copies", "parts"), [("join", 1), ("report", 2), ("ignore", 2)])
def test_images_that_look_alike_are_joined_where_asked(chest, monkeypatch, near_copies, parts):
    raw = chest(films("train", 20))
    alike = ["train/NORMAL/IM-0003-0000.jpeg", "train/NORMAL/IM-0004-0000.jpeg"]
    ids = sorted(films("train", 20))
    monkeypatch.setattr(
        split_file.near_copies, "cluster", lambda hashes: ["c" * (i in alike and any(hashes)) for i in ids]
    )
    frame = split_file.make(raw, SPLIT, rule(near_copies=near_copies)).set_index("id")
    assert frame.loc[alike, "unit"].nunique() == parts
    assert set(frame.loc[alike, "near"]) == ({""} if near_copies == "ignore" else {"c"})


def test_official_with_a_tiny_val_pools_it_with_train(chest):
    raw = chest(films("train", 60, each=2) | films("val", 3, 1000) | films("test", 20, 2000))
    frame = split_file.make(raw, SPLIT, rule("official"))
    assert folds_of(frame, "test/") == [0]
    assert set(frame.loc[frame["fold"] == 0, "part"]) == {"test"}
    assert set(frame.loc[frame["fold"] == 1, "part"]) >= {"train"}
    assert folds_of(frame, "val/") != [1]
    sizes = frame[frame["fold"] > 0].groupby("fold").size()
    assert sizes.index.tolist() == list(range(1, 10))
    assert sizes.max() - sizes.min() <= 4
    assert frame.groupby("group")["fold"].nunique().max() == 1
    assert set(frame["protocol"]) == {"official"}
    assert frame["split"].value_counts()["val"] == sizes[1]


def test_official_with_a_real_val_keeps_it(chest):
    raw = chest(films("train", 40, each=2) | films("val", 10, 1000) | films("test", 20, 2000))
    frame = split_file.make(raw, SPLIT, rule("official"))
    assert folds_of(frame, "val/") == [1]
    assert folds_of(frame, "test/") == [0]
    assert folds_of(frame, "train/") == list(range(2, 10))
    assert (frame["split"] == frame["part"]).all()
    assert frame.groupby("group")["fold"].nunique().max() == 1


def test_official_does_not_turn(chest, tmp_path):
    raw = chest(films("train", 20) | films("val", 5, 1000) | films("test", 5, 2000))
    writer.write(raw, split_file.make(raw, SPLIT, rule("official")), tmp_path / "records" / raw.name, (16, 16))
    known = schema.read(tmp_path / "records" / raw.name)
    assert known.protocol == "official"
    assert known.parts(SPLIT, 0) == {"train": list(range(2, 10)), "val": [1], "test": [0]}
    wide = Split(train=0.6, val=0.2, test=0.2, seed=0)
    assert known.parts(wide, 0) == known.parts(SPLIT, 0)
    with refused(r"Expected fold: 0, since protocol official has one test part, .* fold: 3"):
        known.parts(SPLIT, 3)


def test_grouped_turns(digits):
    known = schema.read(digits.records)
    assert known.parts(SPLIT, 3) == choose_folds(SPLIT, 3)
    assert known.protocol == "grouped"


def test_official_takes_a_publishers_parts(digits):
    with refused(r"Expected data that come with a test part .* none from source: packaged of mnist; set protocol: g"):
        split_file.make(digits.raw, SPLIT, rule("official"))


def test_one_class_is_refused(chest):
    only = {name: content for name, content in films("train", 20).items() if "NORMAL" in name}
    with refused(r"Expected examples of at least two classes in .*, received NORMAL\."):
        split_file.make(chest(only), SPLIT, rule())


def test_no_usable_example_is_refused(chest):
    with refused(r"two classes in .*, received none that is usable"):
        split_file.make(chest({"train/NORMAL/a.jpeg": b"", "train/PNEUMONIA/b.jpeg": b""}), SPLIT, rule())


def few_pneumonias(patients, each=1):
    """Films of 20 patients without, and of so many with pneumonia."""
    words = ("NORMAL", *(f"person{number}_" for number in range(patients)))
    return {name: data for name, data in films("train", 20, each=each).items() if any(word in name for word in words)}


@pytest.mark.parametrize(("patients", "words"), [(1, "1 group,"), (2, "2 groups,")])
def test_fewer_groups_of_a_class_than_parts_are_refused(chest, patients, words):
    with refused(
        rf"Expected PNEUMONIA in train, val and test of chest_xray, received none in .*: it has {words} and takes 3"
    ) as caught:
        split_file.make(chest(few_pneumonias(patients)), SPLIT, rule())
    assert "image-level" not in str(caught.value)  # which would have too few images


@pytest.mark.parametrize("parts", [("test",), ("val", "test")])
def test_an_official_split_without_training_examples_is_refused(chest, parts):
    given = {name: data for i, part in enumerate(parts) for name, data in films(part, 4, 20 * i).items()}
    with refused(
        "Expected NORMAL in train, val and test of chest_xray, received none in train: the split has none there"
    ):
        split_file.make(chest(given), SPLIT, rule("official"))


@pytest.mark.parametrize(
    ("patients", "words"),
    [
        (2, r"it has 2 groups, and takes 3\.$"),
        (3, "received none in test: the split has none there; set protocol: grouped"),
    ],
)
def test_grouped_is_offered_for_an_official_split_only_where_it_would_do(chest, patients, words):
    test = {name: data for name, data in films("test", 4, 50).items() if "NORMAL" in name}
    with refused(words):
        split_file.make(chest(few_pneumonias(patients) | test), SPLIT, rule("official"))


def test_image_level_is_offered_where_it_would_do(chest):
    raw = chest(few_pneumonias(2, each=2))
    with refused("has 2 groups, and takes 3; set protocol: image-level, which lets groups cross"):
        split_file.make(raw, SPLIT, rule())
    frame = split_file.make(raw, SPLIT, rule("image-level"))
    assert frame.loc[frame["label"] == 1, "split"].nunique() == 3


@pytest.mark.parametrize("patients", range(3, 10))
@pytest.mark.parametrize("shares", [(0.8, 0.1, 0.1), (0.6, 0.2, 0.2), (0.2, 0.4, 0.4)])
def test_a_class_of_few_groups_is_in_every_part(chest, patients, shares):
    split = Split(**dict(zip(("train", "val", "test"), shares, strict=True)), seed=0)
    frame = split_file.make(chest(few_pneumonias(patients, each=2)), split, rule())
    counts = split_file.counts(frame, ("NORMAL", "PNEUMONIA"))
    assert min(counts[part]["PNEUMONIA"] for part in counts) >= 2
    assert counts["train"]["NORMAL"] == pytest.approx(40 * shares[0], abs=2)
    of_class = frame[frame["label"] == 1]
    assert of_class.groupby("fold")["unit"].nunique().max() == 1  # spread evenly
    assert frame.groupby("unit")["fold"].nunique().max() == 1
    (found,) = leakage.audit(frame, "ignore", ("NORMAL", "PNEUMONIA")).rare
    assert (found.name, found.groups, found.folds) == ("PNEUMONIA", patients, tuple(sorted(set(of_class["fold"]))))


def test_six_groups_are_four_one_and_one_and_the_largest_trains(chest):
    frame = split_file.make(chest(few_pneumonias(6) | films("train", 1, each=9)), SPLIT, rule())
    parts = frame[frame["label"] == 1].drop_duplicates("unit")["split"].value_counts().to_dict()
    assert parts == {"train": 4, "val": 1, "test": 1}
    assert set(frame.loc[frame["id"].str.contains("person0_"), "split"]) == {"train"}


def test_a_data_set_of_few_patients_is_dealt_too(chest):
    frame = split_file.make(chest(films("train", 3, each=5)), SPLIT, rule())
    assert {part: sum(held.values()) for part, held in split_file.counts(frame, ("NORMAL", "PNEUMONIA")).items()} == {
        "train": 10, "val": 10, "test": 10,
    }  # fmt: skip


def test_a_class_of_few_groups_is_in_the_part_that_an_official_split_leaves_to_deal(chest):
    raw = chest(few_pneumonias(2) | films("test", 9, 2000))
    counts = split_file.counts(split_file.make(raw, SPLIT, rule("official")), ("NORMAL", "PNEUMONIA"))
    assert (counts["train"]["PNEUMONIA"], counts["val"]["PNEUMONIA"]) == (1, 1)
    assert leakage.audit(split_file.make(raw, SPLIT, rule("official")), "ignore", ("NORMAL", "PNEUMONIA")).rare == ()


def test_an_official_part_without_a_class_is_refused(chest):
    lacking = {name: content for name, content in films("test", 9, 2000).items() if "NORMAL" in name}
    with refused(r"received none in test: the split has none there; set protocol: grouped"):
        split_file.make(chest(films("train", 20) | lacking), SPLIT, rule("official"))


def test_examples_without_a_group_are_groups_of_their_own(chest, monkeypatch):
    raw, scanned = chest(films("train", 20)), scan.scan
    monkeypatch.setattr(scan, "scan", lambda *given, **more: scanned(*given, **more).assign(group=""))
    frame = split_file.make(raw, SPLIT, rule())
    assert (frame["unit"] == frame["id"]).all()


def test_records_carry_the_unit_as_their_group(chest, tmp_path):
    raw = chest(films("train", 20, each=2))
    frame = split_file.make(raw, SPLIT, rule())
    known = writer.write(raw, frame, tmp_path / "records" / raw.name, (16, 16))
    assert known.grouped
    part = reader.load(tmp_path / "records" / raw.name, known, list(range(10)))
    units = frame.set_index("id")["unit"]
    assert part.groups.tolist() == units[part.ids].tolist()


def add_attributes(raw, **columns):
    """Gives the examples of a raw folder attributes, as a table of the user's would have."""
    pd.read_csv(raw / "examples.csv").assign(**columns).to_csv(raw / "examples.csv", index=False)
    known = read_provenance(raw).model_copy(update={"attributes": tuple(columns)})
    files.write_json(raw / "source.json", known.model_dump())


@pytest.mark.parametrize("near_copies", ["join", "ignore"])
def test_attributes_follow_the_columns_of_the_split(chest, tmp_path, near_copies):
    raw = chest(films("train", 20) | {"train/NORMAL/x.jpeg": b""})
    before = split_file.make(raw, SPLIT, rule(near_copies=near_copies))
    ages = [str(n) for n in range(len(before) - 1)] + [""]
    add_attributes(raw, sex="f", age=ages)
    frame = split_file.make(raw, SPLIT, rule(near_copies=near_copies))
    split_file.write(tmp_path / "split.parquet", frame)
    read = pd.read_parquet(tmp_path / "split.parquet")
    assert list(read.columns) == [*split_file.COLUMNS, "sex", "age"]
    assert set(read["sex"]) == {"f"}
    assert sorted(read["age"], key=ages.index) == ages  # as text, and of those that were dropped, too
    pd.testing.assert_frame_equal(read[split_file.COLUMNS], before[split_file.COLUMNS])


def test_a_split_by_image_keeps_the_patient(chest, tmp_path):
    frame = split_file.make(chest(films("train", 20, each=2)), SPLIT, rule("image-level"))
    split_file.write(tmp_path / "split.parquet", frame)
    assert pd.read_parquet(tmp_path / "split.parquet")["group"].nunique() == 40


def test_every_column_of_a_split_is_one_that_no_attribute_may_have():
    assert {*split_file.COLUMNS, *scan.COLUMNS} <= RESERVED


# Split files given back


@pytest.fixture(scope="module")
def made(digits):
    """The splits of the digits under either protocol that turns."""
    return {name: split_file.make(digits.raw, SPLIT, rule(name)) for name in ("grouped", "image-level")}


@pytest.fixture
def give(digits, tmp_path):
    """Splits the digits as a table says that has been written to a file."""

    def back(frame, name="split.csv", split=SPLIT):
        path = tmp_path / name
        if name.endswith("csv"):
            frame.to_csv(path, index=False)
        else:
            split_file.write(path, frame)
        given = Data(source="packaged", examples=400, size=28, split=str(path)).split
        return split_file.make(digits.raw, split, given.model_copy(update={"near_copies": "ignore"}))

    return back


@pytest.mark.parametrize("name", ["split.parquet", "split.csv"])
@pytest.mark.parametrize("protocol", ["grouped", "image-level"])
def test_a_split_given_back_is_the_same(made, give, protocol, name, capsys):
    again = give(made[protocol], name)
    pd.testing.assert_frame_equal(again[RESULT], made[protocol][RESULT])
    assert capsys.readouterr().out == f"split as {name} says: 400 examples\n"


def test_it_is_the_same_whatever_versions_made_it(made, give, monkeypatch, capsys):
    first = made["grouped"].assign(sha256=lambda frame: frame["sha256"].str[::-1])
    monkeypatch.setattr(folds, "assign", None)
    monkeypatch.setattr(scan, "MIN_SIDE", 50)
    again = give(first)
    pd.testing.assert_frame_equal(again[RESULT], first[RESULT])
    assert "400 examples decode to other content than when split.csv was made" in capsys.readouterr().out


def test_it_still_turns(made, give, digits, tmp_path):
    known = writer.write(digits.raw, give(made["grouped"]), tmp_path / "records", (28, 28))
    assert known.protocol == "grouped"
    assert known.parts(SPLIT, 3) == choose_folds(SPLIT, 3)


@pytest.mark.parametrize("name", ["split.parquet", "split.csv"])
def test_an_official_split_given_back_is_the_same(chest, tmp_path, name):
    raw = chest(
        films("train", 30, each=2) | films("val", 8, 1000) | films("test", 9, 2000) | {"val/NORMAL/x.jpeg": b""}
    )
    first = split_file.make(raw, SPLIT, rule("official"))
    path = tmp_path / name
    first.to_csv(path, index=False) if name.endswith("csv") else split_file.write(path, first)
    again = split_file.make(raw, Split(train=0.6, val=0.2, test=0.2, seed=5), given(path))
    pd.testing.assert_frame_equal(again, first)
    assert (again["dropped"] != "").sum() == 1


def given(path):
    return Rule(protocol="given", file=str(path), near_copies="ignore")


def test_id_and_split_are_enough(made, give):
    plain = made["grouped"][["id", "split"]].sample(frac=1, random_state=0)
    frame = give(plain)
    assert (frame["split"].to_numpy() == made["grouped"]["split"]).all()
    assert set(frame["protocol"]) == {"given"}
    assert set(frame.loc[frame["split"] == "test", "fold"]) == {0}
    assert set(frame.loc[frame["split"] == "val", "fold"]) == {1}
    trained = frame.loc[frame["split"] == "train", "fold"]
    assert sorted(set(trained)) == list(range(2, 10))
    assert trained.value_counts().min() > 20
    again = give(plain.sample(frac=1, random_state=1))
    assert (again["fold"] == frame["fold"]).all()


def test_units_of_the_file_are_dealt_whole_in_their_order(made, give):
    units = made["grouped"][["id", "split"]].assign(unit=[f"u{index // 4:03d}" for index in range(400)])
    frame = give(units)
    assert frame["unit"].tolist() == units["unit"].tolist()
    assert frame[frame["split"] == "train"].groupby("unit")["fold"].nunique().max() == 1
    order = {unit: 2 + number % 8 for number, unit in enumerate(sorted(set(units["unit"])))}
    trained = frame[frame["split"] == "train"]
    assert (trained["fold"] == trained["unit"].map(order)).all()


def test_a_file_that_says_official_is_official(made, give):
    frame = give(made["grouped"][["id", "split"]].assign(protocol="official"))
    assert set(frame["protocol"]) == {"official"}


def test_what_the_file_does_not_name_is_left_out_and_counted(made, give, capsys):
    first = made["grouped"]
    some = first[(first["split"] != "train") | (first["fold"] % 2 == 0)]
    frame = give(some)
    others = ~frame["id"].isin(some["id"])
    assert (frame.loc[others, "dropped"] == "not in the split file").all()
    assert (frame.loc[others, "fold"] == -1).all()
    assert not frame.loc[others, "split"].any()
    pd.testing.assert_frame_equal(frame.loc[~others, RESULT], some[RESULT])
    assert f"{others.sum()} examples are not in split.csv and are left out" in capsys.readouterr().out
    assert leakage.audit(frame, "ignore").dropped.reasons == {"not in the split file": others.sum()}


def test_what_the_file_drops_stays_dropped(made, give):
    frame = made["grouped"].copy()
    frame.loc[5, ["fold", "split", "dropped"]] = [-1, "", "a duplicate, says the curator"]
    pd.testing.assert_frame_equal(give(frame)[RESULT], frame[RESULT])


def test_what_cannot_be_read_any_more_is_left_out_and_counted(chest, tmp_path, capsys):
    good = films("train", 20)
    frame = split_file.make(chest(good), SPLIT, rule())
    frame.to_csv(tmp_path / "split.csv", index=False)
    raw = tmp_path / "raw" / "chest_xray"
    broken = next(name for name in good if frame.set_index("id").loc[name, "split"] == "train")
    (tmp_path / "archives" / "chest-xray-pneumonia.zip").unlink()
    (tmp_path / "archives").rmdir()
    chest(good | {broken: b""})
    again = split_file.make(raw, SPLIT, given(tmp_path / "split.csv"))
    assert again.loc[again["id"] == broken, "dropped"].iloc[0].startswith("unreadable: ")
    assert "1 examples of split.csv cannot be used and are left out" in capsys.readouterr().out
    others = again["id"] != broken
    pd.testing.assert_frame_equal(again.loc[others, RESULT], frame.loc[others, RESULT])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda f: f.assign(id="x" + f["id"]),
            r"Expected ids of examples in .*, received 400 that are none, such as 'x0",
        ),
        (lambda f: f.assign(split=f["split"].replace("val", "dev")), r"train, val or test, received 'dev' of '"),
        (lambda f: f.assign(split=f["split"].replace("val", "")), r"train, val or test, received '' of '"),
        (lambda f: f.drop(columns="split"), r"Expected columns id and split in .*, received id, label"),
        (lambda f: pd.concat([f, f.iloc[:1]]), r"Expected every id once in .*, received '\d{6}' twice"),
        (lambda f: f.assign(fold=f["fold"] + 1), r"Expected folds from 0 to 9 in .*, received '10' of '"),
        (lambda f: f.assign(fold=""), r"Expected folds from 0 to 9 in .*, received '' of '"),
        (lambda f: f.assign(fold=3), r"Expected fold and split in .* to agree .*, received '(test|val)' in fold 3 of"),
        (lambda f: f.assign(protocol="random"), r"Expected one protocol among grouped, .*, received 'random'"),
        (lambda f: f.assign(protocol=["grouped", "official"] * 200), r"received 'grouped', 'official'"),
    ],
)
def test_a_file_that_does_not_go_with_the_data_or_itself_is_refused(made, give, change, message):
    for name in ("split.csv", "split.parquet"):
        with refused(message):
            give(change(made["grouped"]), name)


def test_other_shares_than_the_files_are_refused_where_it_turns(made, give):
    wide = Split(train=0.6, val=0.2, test=0.2, seed=0)
    with refused(r"agree under the shares in params.yaml, .*: set the shares as they were"):
        give(made["grouped"], split=wide)
    assert (give(made["grouped"][["id", "split"]], split=wide)["split"].to_numpy() == made["grouped"]["split"]).all()


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b'id,split\n"a'])
@pytest.mark.parametrize("name", ["split.csv", "split.parquet"])
def test_a_file_that_cannot_be_read_is_refused(digits, tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with refused(r"Expected (a split file at|ids of examples|split of every)"):
        split_file.make(digits.raw, SPLIT, given(tmp_path / name))


def test_a_file_that_is_not_there_is_refused(digits, tmp_path):
    with refused(r"Expected a split file at .*, received none: keep it outside data/splits"):
        split_file.make(digits.raw, SPLIT, given(tmp_path / "absent.csv"))


def test_a_relative_path_is_the_users_also_in_the_copy_where_an_experiment_runs(made, digits, tmp_path, monkeypatch):
    home, copy = tmp_path / "home", tmp_path / "copy"
    home.mkdir()
    copy.mkdir()
    made["grouped"].to_csv(home / "mine.csv", index=False)
    monkeypatch.chdir(home)
    assert len(split_file.make(digits.raw, SPLIT, given("mine.csv"))) == 400
    monkeypatch.chdir(copy)
    with refused(r"Expected a split file at mine\.csv, received none"):
        split_file.make(digits.raw, SPLIT, given("mine.csv"))
    monkeypatch.setenv("DVC_ROOT", str(home))
    assert len(split_file.make(digits.raw, SPLIT, given("mine.csv"))) == 400


def test_rows_without_images_split_and_come_back_too(housing, tmp_path):
    housing.split.to_csv(tmp_path / "split.csv", index=False)
    again = split_file.make(housing.raw, SPLIT, given(tmp_path / "split.csv"))
    pd.testing.assert_frame_equal(again, housing.split)
