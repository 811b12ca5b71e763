"""Tables as they are: columns, separators, paths, labels and attributes of other people."""

import json
import os
import zipfile

import pytest
from own_images import fetch, grow, rows, table
from shapes import draw_ham
from toys import REAL, refused

from cnnbench.data.raw import read_examples

HAM = {
    "columns": {"file": "image_id", "label": "dx", "group": "lesion_id"},
    "extension": ".jpg",
    "labels": {"mel": "malignant", "bcc": "malignant", "akiec": "malignant", "nv": "benign"},
    "attributes": ["sex", "age", "localization"],
}


def test_a_table_like_that_of_ham10000(mine, raw):
    known = fetch(draw_ham(mine), raw, **HAM)
    assert known.counts == {"benign": 80, "malignant": 81}
    assert (known.positive, known.attributes) == ("malignant", ("sex", "age", "localization"))
    assert known.notes == (
        "left out: 26 images whose label source.labels does not name: bkl (26)",
        "positive class: malignant (by its name; source.positive in params.yaml sets it)",
    )
    examples = list(read_examples(raw))
    assert examples[0][0] == "HAM10000_images_part_1/ISIC_0024306.jpg"
    assert examples[0][2:] == (0, "HAM_0000000", "", ("male", "20.0", "back"))
    assert {len([e for e in examples if e.group == group]) for group in {e.group for e in examples}} == {1, 2}
    ages = {e.attributes[1] for e in examples}
    assert "" in ages, "an empty cell stays empty"


def test_lines_of_one_clinic_of_a_table(mine, raw):
    listed = draw_ham(mine)
    lines = listed.read_text().splitlines()
    # melanomas are of one clinic alone, whose labels are the whole table's
    moved = [line.replace("vidir_modern", "rosendahl") if ",mel," in line or index % 2 else line
             for index, line in enumerate(lines)]  # fmt: skip
    listed.write_text("\n".join(moved))
    both = [line for line in moved[1:] if ",bkl," not in line]
    for clinic in ("rosendahl", "vidir_modern"):
        known = fetch(listed, raw, where={"DATASET": clinic}, **HAM)
        assert known.examples == sum(clinic in line for line in both)
        assert known.notes[0].startswith("left out: ")
        assert "lines of the table, which source.where does not name" in known.notes[0]
    assert fetch(listed, raw, where={"dataset": ["rosendahl", "vidir_modern"]}, **HAM).examples == len(both)
    for where, message in (
        ({"clinic": "x"}, "Expected the column clinic in .*: correct source.where in params.yaml"),
        ({"dataset": "x"}, "Expected lines of .* with the values of source.where in params.yaml, received none"),
        ({"dataset": "vidir_modern", "sex": "x"}, "received none"),
    ):
        with refused(message):
            fetch(listed, raw, where=where, **HAM)


def test_the_same_with_a_folder_of_its_own_for_the_images(mine, raw, tmp_path):
    listed = draw_ham(mine)
    elsewhere = tmp_path / "tables" / "ham.csv"
    elsewhere.parent.mkdir()
    listed.rename(elsewhere)
    assert fetch(elsewhere, raw, root=str(mine), **HAM).examples == 161
    with refused(r"Expected the files that .*ham.csv lists in .*tables, received nothing in place of 'ISIC_0024306'"):
        fetch(elsewhere, raw, **HAM)
    with refused(r"Expected a folder of images at .*nosuch, received none: correct source.root"):
        fetch(elsewhere, raw, root=str(mine / "nosuch"), **HAM)


def test_ham10000_itself(tmp_path, raw):
    archive = REAL / "ham10000-subset.zip"
    if not archive.exists():
        pytest.skip(f"no {archive}")
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(tmp_path / "ham")
    choice = HAM | {"labels": None}
    known = fetch(tmp_path / "ham/HAM10000_metadata.csv", raw, **choice)
    assert known.classes == ("akiec", "bcc", "bkl", "df", "mel", "nv", "vasc")
    assert known.examples == 4194
    assert len({group for _, _, group, _ in rows(raw)}) < 4194


def test_an_extension_that_the_table_leaves_out_is_suggested(mine, raw):
    with refused(r"in place of 'ISIC_0024306' \(line 2\) and of 186 more: set `extension: .jpg` of the source"):
        fetch(draw_ham(mine), raw, columns=HAM["columns"])


@pytest.mark.parametrize("extension", ["jpg", ".jpg", ".JPG"])
def test_an_extension_is_added_once(extension, mine, raw):
    grow(mine, "x/1.jpg", "x/2.jpg", "x/1.JPG", "x/2.JPG")
    listed = table(mine, "x/1,a", "x/2.jpg,b")
    fetch(listed, raw, extension=extension)
    assert [row[0] for row in rows(raw)] == [f"x/1.{extension.lstrip('.')}", "x/2.jpg"]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("name", ["labels.csv", "labels.tsv", "labels.txt"])
def test_separators_and_capitals_are_found_out(separator, name, mine, raw):
    grow(mine, "x/1.png", "x/2, y.png")
    lines = [
        ["File", " Label ", "GROUP"],
        ["x/1.png", "a", "p"],
        ["x/2, y.png" if separator != "," else '"x/2, y.png"', "b", "q"],
    ]
    (mine / name).write_text("\n".join(map(separator.join, lines)))
    fetch(mine / name, raw)
    assert rows(raw) == [("x/1.png", 0, "p", ""), ("x/2, y.png", 1, "q", "")]


@pytest.mark.parametrize("written", ["Train", "training", "train set", "TRAIN", "train_set"])
def test_words_for_parts(written, mine, raw):
    grow(mine, "x/1.png", "x/2.png", "x/3.png")
    listed = table(mine, f"x/1.png,a,{written}", "x/2.png,b,validation", "x/3.png,b,NA", header="file,label,Fold of")
    fetch(listed, raw, columns={"split": "fold of"})
    assert [part for *_, part in rows(raw)] == ["train", "val", ""]


def test_absolute_paths_below_the_folder_become_relative(mine, raw):
    grow(mine, "x/1.png", "x/2.png")
    fetch(table(mine, f"{mine}/x/1.png,a", f"{mine}/x/2.png,b"), raw)
    assert [row[0] for row in rows(raw)] == ["x/1.png", "x/2.png"]
    assert str(mine).encode() not in (raw / "examples.csv").read_bytes()


def test_absolute_paths_elsewhere_get_the_remedy(mine, raw, tmp_path):
    grow(tmp_path / "far", "1.png", "2.png")
    listed = table(mine, f"{tmp_path}/far/1.png,a", f"{tmp_path}/far/2.png,b")
    with refused(r"Expected a path below .*mine as file in line 2 .*: set source.root in params.yaml to the folder"):
        fetch(listed, raw)
    fetch(listed, raw, root=str(tmp_path / "far"))
    assert [row[0] for row in rows(raw)] == ["1.png", "2.png"]


def test_a_name_alone_is_found_in_the_folders_below(mine, raw):
    grow(mine, "x/1.png", "deep/er/2.png", ".hidden/1.png")
    listed = table(mine, "1.png,a", "2.png,b")
    fetch(listed, raw)
    assert [row[0] for row in rows(raw)] == ["deep/er/2.png", "x/1.png"]
    grow(mine, "y/1.png")
    with refused(r"Expected one file '1.png' below .* for line 2 of .*, received .*: write its folder into the table"):
        fetch(listed, raw)


def test_images_that_the_table_does_not_list_are_counted(mine, raw):
    grow(mine, "x/1.png", "x/2.png", "x/3.png", "x/4.png", "other/5.png")
    known = fetch(table(mine, "x/1.png,a", "x/2.png,b", "x/3.png,c"), raw, labels={"a": "a", "b": "b"})
    assert known.notes[:2] == (
        "left out: 2 image files that the table does not list, such as 'other/5.png'",
        "left out: 1 images whose label source.labels does not name: c (1)",
    )


def test_an_image_that_is_left_out_may_be_missing(mine, raw):
    grow(mine, "x/1.png", "x/2.png")
    assert fetch(table(mine, "x/1.png,a", "x/2.png,b", "x/9.png,c"), raw, labels={"a": "a", "b": "b"}).examples == 2


BAD = {
    "column of files": ({"columns": {"file": "image"}}, r"columns image and label in .*'file', 'label', 'sex'.*: name"),
    "column of groups": ({"columns": {"group": "patient"}}, r"Expected the column patient in .*: name them under"),
    "attribute": ({"attributes": ["age"]}, r"Expected the column age in .*: correct source.attributes"),
    "label": ({"labels": {"a": "a", "bb": "b"}}, r"under source.labels, received 'bb'.*; the data have 'a', 'b'"),
}


@pytest.mark.parametrize("case", BAD)
def test_settings_that_do_not_fit_the_table_get_one_line(case, mine, raw):
    settings, message = BAD[case]
    grow(mine, "x/1.png", "x/2.png")
    with refused(message):
        fetch(table(mine, "x/1.png,a,m", "x/2.png,b,f", header="file,label,sex"), raw, **settings)
    assert not list(raw.iterdir())


def test_two_columns_in_other_capitals_are_refused(mine, raw):
    grow(mine, "x/1.png")
    with refused(r"Expected one column label in .*, received Label and LABEL: rename one"):
        fetch(table(mine, "x/1.png,a,b", header="file,Label,LABEL"), raw)


@pytest.mark.parametrize("setting", [{"root": "x"}, {"extension": ".jpg"}, {"attributes": ["sex"]}, {"columns": {}}])
def test_settings_of_a_table_with_a_folder_are_refused(setting, mine, raw):
    grow(mine, "a/1.png", "b/1.png")
    with refused(rf"Expected a table at .*mine where source.{next(iter(setting))} is set, received a folder"):
        fetch(mine, raw, **setting)


def test_an_image_folder_of_hugging_face(mine, raw):
    grow(mine, "train/1.png", "train/2.png", "test/3.png", "test/4.png")
    (mine / "train/metadata.csv").write_text("file_name,label,sex\n1.png,cat,m\n2.png,dog,f\n")
    (mine / "test/metadata.csv").write_text("file_name,label,sex\n3.png,cat,m\n4.png,dog,\n")
    known = fetch(mine, raw, attributes=["sex"])
    assert rows(raw) == [
        ("test/3.png", 0, "test/3.png", "test"),
        ("test/4.png", 1, "test/4.png", "test"),
        ("train/1.png", 0, "train/1.png", "train"),
        ("train/2.png", 1, "train/2.png", "train"),
    ]
    assert known.attributes == ("sex",)
    (mine / "train/metadata.csv").rename(mine / "metadata.csv")
    (mine / "metadata.csv").write_text("file_name,label\ntrain/1.png,cat\ntrain/2.png,dog\n")
    assert fetch(mine, raw).examples == 2


LINES = [
    {"file_name": "1.png", "label": "cat", "age": 40},
    {"file_name": "2.png", "label": "dog", "objects": {"n": [1]}},
]


def test_metadata_in_json_lines(mine, raw):
    grow(mine, "train/1.png", "train/2.png")
    text = "\n\n".join(json.dumps(line) for line in LINES)
    (mine / "train/metadata.jsonl").write_text(text)
    known = fetch(mine, raw, attributes=["age"])
    assert known.classes == ("cat", "dog")
    assert [(example.id, example.part, example.attributes) for example in read_examples(raw)] == [
        ("train/1.png", "train", ("40",)),
        ("train/2.png", "train", ("",)),
    ]
    (mine / "train/metadata.csv").write_text("file_name,label\n1.png,hen\n2.png,cow\n")
    assert fetch(mine, raw).classes == ("cow", "hen"), "one table per folder"
    assert fetch(mine / "train/metadata.jsonl", raw).classes == ("cat", "dog")


@pytest.mark.parametrize("line", ["{", "[1]", "5", "{}", '{"file_name": "a", "file_name": "b"}', "[" * 5000, '["ab"]'])
def test_json_lines_that_are_no_objects_are_one_line(line, mine, raw):
    grow(mine, "1.png")
    (mine / "metadata.jsonl").write_text(json.dumps(LINES[0]) + "\n" + line)
    with refused(r"Expected an object with different keys, such as .*, in line 2 of .*metadata.jsonl, received "):
        fetch(mine, raw)


def test_a_table_with_a_broken_link_is_one_line(mine, raw):
    grow(mine, "x/1.png")
    (mine / "x/2.png").symlink_to(mine / "gone")
    assert os.path.lexists(mine / "x/2.png")
    with refused(r"received nothing in place of 'x/2.png'"):
        fetch(table(mine, "x/1.png,a", "x/2.png,b"), raw)


@pytest.mark.parametrize("written", ["x/1.JPG", "X/1.jpg", "1.JPG"])
def test_capitals_of_a_path_may_differ_from_those_of_the_disk(written, mine, raw):
    grow(mine, "x/1.jpg", "x/2.png")
    fetch(table(mine, f"{written},a", "x/2.png,b"), raw)
    assert [row[0] for row in rows(raw)] == ["x/1.jpg", "x/2.png"]


def test_a_file_in_another_folder_or_format_is_suggested(mine, raw):
    grow(mine, "x/1.jpg", "x/2.png")
    for written in ("y/1.jpg", "x/1.bmp"):
        with refused(rf"in place of '{written}' \(line 2\): there is 'x/1.jpg', so correct the table"):
            fetch(table(mine, f"{written},a", "x/2.png,b"), raw)
    with refused("in place of 'x/9.jpg' .*: add them, or remove their lines"):
        fetch(table(mine, "x/9.jpg,a", "x/2.png,b"), raw)


@pytest.mark.parametrize(
    "text",
    [
        "file\tage, now, in years\tlabel\n1.png\t1,5\ta\n2.png\t2,5\tb\n",
        '"file"; "label"\n"1.png"; "a"\n"2.png"; "b"\n',
        "\n\nfile,label\n1.png,a\n\n2.png,b\n",
    ],
    ids=["commas in a header of tabs", "spaces before quotes", "empty lines"],
)
def test_tables_of_other_forms(text, mine, raw):
    grow(mine, "1.png", "2.png").joinpath("a.csv").write_text(text)
    assert fetch(mine / "a.csv", raw).counts == {"a": 1, "b": 1}


def test_a_column_of_patients_that_is_not_used_is_named(mine, raw):
    grow(mine, "1.png", "2.png")
    listed = table(mine, "1.png,a,7", "2.png,b,7", header="file,label,Patient_ID")
    assert any("no groups: if the column 'Patient_ID' tells" in note for note in fetch(listed, raw).notes)
    used = fetch(listed, raw.with_name("used"), columns={"group": "patient_id"})
    assert not any("no groups" in note for note in used.notes)


def test_files_and_labels_are_in_two_columns(mine, raw):
    grow(mine, "1.png", "2.png")
    with refused("Expected a column of files and another of labels in .*, received 'file' as both"):
        fetch(table(mine, "1.png,a", "2.png,b"), raw, columns={"label": "file"})


def test_metadata_without_labels_leaves_the_folders_as_classes(mine, raw):
    grow(mine, "a/1.png", "b/2.png")
    (mine / "metadata.csv").write_text("file_name,text\na/1.png,hello\nb/2.png,there\n")
    known = fetch(mine, raw)
    assert known.classes == ("a", "b")
    assert known.notes[0] == "left out: 1 .csv text files, such as 'metadata.csv'"
