"""A user's own images, from files on disk to records."""

import hashlib
import os
import unicodedata
from pathlib import Path

import numpy as np
import pytest
from own_images import fetch, grow, rows, table
from run_record import record
from toys import SHIPPED, SPLIT, refused

from cnnbench import config
from cnnbench.config import Data
from cnnbench.data import download, sets
from cnnbench.data.cache import writer
from cnnbench.data.provenance import read_provenance
from cnnbench.data.raw import read_examples
from cnnbench.data.records import reader, schema
from cnnbench.data.split import split_file
from cnnbench.runs import recording


def test_a_folder_per_class_becomes_examples_in_the_order_of_their_paths(mine, raw, capsys):
    grow(mine, "mole/b.PNG", "mole/a.jpeg", "mole/deeper/still/c.tif", "benign/x.webp", "benign/a.jpeg")
    (mine / "README.txt").write_text("mine")
    for name in (".DS_Store", "Thumbs.db", "notes.csv", "scan.xyz"):
        (mine / "mole" / name).write_text("")
    grow(mine, ".git/x.png", "mole/._a.jpeg", "__MACOSX/mole/a.jpeg")
    known = fetch(mine, raw)
    assert (known.title, known.classes, known.counts) == ("lesions", ("benign", "mole"), {"benign": 2, "mole": 3})
    assert rows(raw) == [
        ("benign/a.jpeg", 0, "benign/a.jpeg", ""),
        ("benign/x.webp", 0, "benign/x.webp", ""),
        ("mole/a.jpeg", 1, "mole/a.jpeg", ""),
        ("mole/b.PNG", 1, "mole/b.PNG", ""),
        ("mole/deeper/still/c.tif", 1, "mole/deeper/still/c.tif", ""),
    ]
    assert {e.id: e.data for e in read_examples(raw)}["mole/b.PNG"] == (mine / "mole/b.PNG").read_bytes()
    assert known.notes[:3] == (
        "left out: 1 .txt text files, such as 'README.txt'",
        "left out: 2 empty files, such as 'mole/notes.csv'",
        "left out: 5 hidden or system files or folders, such as '.git'",
    )


def test_a_folder_per_part_becomes_the_parts_of_the_split(mine, raw, capsys):
    grow(mine, "Training/a/1.png", "train/a/2.png", "Valid/b/1.png", "val/a/3.png", "TESTING/b/1.png", "test/b/2.png")
    grow(mine, "validation/b/1.png")
    assert fetch(mine, raw).classes == ("a", "b")
    assert {(name.split("/")[0], part) for name, _, _, part in rows(raw)} == {
        ("Training", "train"), ("train", "train"), ("Valid", "val"), ("val", "val"), ("validation", "val"),
        ("TESTING", "test"), ("test", "test"),
    }  # fmt: skip
    assert capsys.readouterr().out == ""


def test_a_table_gives_label_group_and_part(mine, raw):
    grow(mine, "x/1.png", "x/2.png", "y, z.png", "3")
    listed = table(
        mine, "x/2.png, mole ,p1,Testing", "./x//1.png,benign,p1,train", '"y, z.png",mole,,', "3,benign,p2,valid",
        header="file,label,group,split",
    )  # fmt: skip
    assert fetch(listed, raw).classes == ("benign", "mole")
    assert rows(raw) == [
        ("3", 0, "p2", "val"),
        ("x/1.png", 0, "p1", "train"),
        ("x/2.png", 1, "p1", "test"),
        ("y, z.png", 1, "y, z.png", ""),
    ]


def test_a_table_may_come_from_excel_on_windows(mine, raw):
    grow(mine, "x/1.png", "x/2.png")
    listed = table(mine)
    listed.write_bytes("\ufefflabel;file\r\n".replace(";", ",").encode() + b"a,x\\1.png\r\n\r\nb,x\\2.png\r\n")
    fetch(listed, raw)
    assert rows(raw) == [("x/1.png", 0, "x/1.png", ""), ("x/2.png", 1, "x/2.png", "")]


def test_the_bytes_are_the_same_wherever_the_images_lie_and_name_no_path(tmp_path, mine, raw):
    names = [f"{label}/{index}.png" for label in "ab" for index in range(3)]
    fetch(grow(mine, *names), raw)
    fetch(grow(tmp_path / "elsewhere", *reversed(names)), raw.parent / "again" / "lesions")
    listed = table(mine, *(f"{name},{name[0]}" for name in names))
    fetch(listed, raw.parent / "listed" / "lesions", sha256=hashlib.sha256(listed.read_bytes()).hexdigest())
    for file in ("source.json", "images.zip", "examples.csv"):
        assert (raw / file).read_bytes() == (raw.parent / "again" / "lesions" / file).read_bytes()
        assert str(tmp_path).encode() not in (raw / file).read_bytes()
    assert (raw / "images.zip").read_bytes() == (raw.parent / "listed" / "lesions" / "images.zip").read_bytes()
    assert read_provenance(raw).origin == "a folder of images"
    assert read_provenance(raw.parent / "listed" / "lesions").origin == "a table of images"


NAMES = ["a b.png", "it's.png", 'say "x".png', "1,2.png", "<script>alert(1)</script>.png", "ünï-中文-🙂.png", "-x.png"]


@pytest.mark.parametrize("listed", [False, True], ids=["folder", "table"])
def test_odd_names_are_kept(mine, raw, listed):
    names = [f"{label}/{name}" for label in ("<b>ä", 'it\'s, "so"') for name in NAMES]
    names = [name.replace("/script", "script") for name in names]
    quoted = ['"' + name.replace('"', '""') + '"' for name in names]
    grow(mine, *names)
    source = table(mine, *(f"{name},{'ab'[i % 2]}" for i, name in enumerate(quoted))) if listed else mine
    known = fetch(source, raw)
    assert [row[0] for row in rows(raw)] == sorted(names)
    assert listed or known.classes == ("<b>ä", 'it\'s, "so"')


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_accents_are_one_letter_whichever_machine_wrote_them(mine, raw, form):
    name = unicodedata.normalize(form, "train/é/ä.png")
    grow(mine, name, unicodedata.normalize("NFC", "test/é/1.png"), "test/z/1.png")
    assert fetch(mine, raw).classes == ("z", "é")
    assert ("train/é/ä.png", 1, "train/é/ä.png", "train") in rows(raw)
    listed = table(mine, f"{unicodedata.normalize('NFC', name)},a", "test/z/1.png,b")
    fetch(listed, raw.parent / "listed")
    assert rows(raw.parent / "listed")[1][0] == "train/é/ä.png"


def test_links_lead_where_the_user_wants(tmp_path, mine, raw):
    grow(tmp_path / "far", "b/1.png", "2.png")
    grow(mine, "a/1.png")
    (mine / "b").symlink_to(tmp_path / "far" / "b")
    (mine / "a" / "2.png").symlink_to(tmp_path / "far" / "2.png")
    fetch(mine, raw)
    assert [row[0] for row in rows(raw)] == ["a/1.png", "a/2.png", "b/1.png"]


@pytest.mark.parametrize("copy", [False, True], ids=["workspace", "throw-away copy"])
def test_a_path_starts_at_home_or_at_the_root_of_the_repository(tmp_path, mine, raw, monkeypatch, copy):
    grow(mine, "a/1.png", "b/1.png")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(raw.parents[1] if not copy else "/")
    if copy:
        monkeypatch.setenv("DVC_ROOT", str(tmp_path))
    for index, path in enumerate(("~/mine", "mine", str(mine))):
        assert fetch(path, raw / str(index)).examples == 2


def test_a_cap_takes_some_at_random(mine, raw):
    grow(mine, *(f"{label}/{index}.png" for label in "ab" for index in range(20)))
    ids = {seed: {row[0] for row in rows_of(mine, raw / str(seed), seed)} for seed in (0, 1)}
    assert len(ids[0]) == len(ids[1]) == 15
    assert ids[0] != ids[1]
    assert rows_of(mine, raw / "again", 0) == rows(raw / "0") == sorted(rows(raw / "0"))
    assert read_provenance(raw / "0").classes == ("a", "b")


def rows_of(mine, raw, seed):
    fetch(mine, raw, examples=15, seed=seed)
    return rows(raw)


def test_own_images_go_through_split_and_cache(mine, raw, tmp_path):
    names = [f"{label}/{index:02d}.jpg" for label in ("mole", "naevus") for index in range(30)]
    grow(mine, *names)
    (mine / "mole" / "07.jpg").write_bytes(b"no image at all")
    (mine / "mole" / "08.jpg").write_bytes(b"")
    (mine / "naevus" / "07.jpg").write_bytes((mine / "naevus" / "07.jpg").read_bytes()[:200])
    known = fetch(mine, raw)
    assert known.examples == 60
    frame = split_file.make(raw, SPLIT)
    dropped = frame[frame["dropped"] != ""].set_index("id")["dropped"]
    assert list(dropped.index) == ["mole/07.jpg", "mole/08.jpg", "naevus/07.jpg"]
    assert dropped.str.contains("unreadable").all()
    writer.write(raw, frame, tmp_path / "records" / raw.name, (24, 24))
    held = schema.read(tmp_path / "records" / raw.name)
    assert (held.classes, held.examples, held.shape) == (("mole", "naevus"), 57, (24, 24, 3))
    part = reader.load(tmp_path / "records" / raw.name, held, list(range(10)))
    assert np.bincount(part.labels.astype(int)).tolist() == [28, 29]
    assert ["mole", "naevus"][int(part.labels[0])] == str(part.ids[0]).split("/")[0]


def test_a_user_needs_no_tutorial(mine, raw):
    """Nothing is said to differ from a publication, since there is none."""
    fetch(grow(mine, "a/1.png", "b/1.png"), raw)
    training = record(input_shape=[24, 24, 3])
    evaluated = recording.add_evaluation(training, read_provenance(raw), 12, {"temperature": 1.0})
    assert (evaluated.changed, evaluated.source, evaluated.flops) == ((), "folder", 12)


def test_a_recipe_of_own_images_needs_its_epochs_alone(tmp_path):
    text = SHIPPED.read_text(encoding="utf-8")
    profile = "{source: {name: folder, path: x}, examples: null, size: 64}"
    own = f"datasets:\n  mine: {{definition: folder, quick: &mine {profile}, full: *mine}}\n"
    text = text.replace("\ndatasets:\n", f"\n{own}", 1)
    text = text.replace(
        "\nruns:\n", "\nruns:\n  mine: {dataset: mine, architecture: plain_cnn, recipe: {epochs: 20}}\n", 1
    )
    path = tmp_path / "params.yaml"
    path.write_text(text, encoding="utf-8")
    recipe = config.load(path).run("mine").recipe
    assert recipe.model_dump(exclude_unset=True) == {"epochs": 20}
    usual = {
        "optimizer": "adam", "lr": 1e-3, "schedule": {"name": "constant"}, "loss": "sparse_categorical_crossentropy",
        "batch_size": 32, "epochs": 20, "early_stopping": None, "augmentation": None, "l2": 0.0, "standardise": False,
        "class_weights": False, "sensitivity": None, "freeze": "none", "mixed_precision": "none",
    }  # fmt: skip
    assert {key: value for key, value in recipe.model_dump().items() if value or key in usual} == usual
    path.write_text(text.replace("recipe: {epochs: 20}", "recipe: {lr: 0.1}"), encoding="utf-8")
    with refused(r"Expected a key runs\.mine\.recipe\.epochs"):
        config.load(path)


FOLDERS = {
    "no images": (["a/", "b/"], r"Expected images in .*, received none"),
    "one class": (["lesions/1.png"], r"two classes in .*, received one class, 'lesions': .* folder too high"),
    "empty class": (["a/1.png", "b/1.png", "c/"], r"images of every class in .*, received none in the folder 'c'"),
    "empty in a part": (["train/a/1.png", "test/b/1.png", "train/c/"], r"received none in the folder 'c'"),
    "loose": (["a/1.png", "b/1.png", "2.png"], r"Expected images in a folder per class, received '2.png' .*mine: move"),
    "loose in a part": (["train/a/1.png", "train/b/1.png", "test/2.png"], r"'test/2.png' directly in .*test: move it"),
    "parts and classes": (
        ["train/a/1.png", "extra/1.png"],
        r"either all .* received both, such as 'extra' and 'train'",
    ),
    "two forms": (
        [*(unicodedata.normalize(form, "a/é.png") for form in ("NFC", "NFD")), "b/1.png"],
        r"names that differ in more than the form of their accents, received 'a/é.png' twice",
    ),
    "newline": (["a/1\n2.png", "b/1.png"], r"Expected names in UTF-8 without control .*, received 'a/1\\n2.png'"),
    "backslash": (["a/1\\2.png", "b/1.png"], r"without control characters and backslashes, received 'a/1\\\\2.png'"),
    "no UTF-8": ([os.fsdecode(b"a/\xff.png"), "b/1.png"], r"Expected names in UTF-8 .*, received 'a/\\udcff.png'"),
    "control in class": (["a\x1b[31m/1.png", "b/1.png"], r"received 'a\\x1b\[31m/1.png'"),
}
SPOILT = {
    "loop": (
        lambda a: (a / "up").symlink_to(a.parent),
        r"folders that end, received .*up, a link to a folder above it",
    ),
    "broken link": (lambda a: (a / "2.png").symlink_to(a / "gone"), r"received No such file or directory: '.*a/2.png'"),
    "pipe": (lambda a: os.mkfifo(a / "2.png"), r"Expected a file at .*a/2.png, received something that is none"),
}


def check_refusal(path, raw, message, **more):
    with refused(message):
        fetch(path, raw, **more)
    assert not list(raw.iterdir())


@pytest.mark.parametrize("case", FOLDERS)
def test_a_bad_folder_gets_one_line_and_leaves_nothing(mine, raw, case):
    names, message = FOLDERS[case]
    check_refusal(grow(mine, *names), raw, message)


def test_a_file_too_large_for_an_image_is_not_read(mine, raw):
    grow(mine, "a/1.png", "b/1.png")
    with (mine / "b/2.png").open("wb") as file:
        file.truncate(2**40)
    check_refusal(mine, raw, r"at most 268,435,456 bytes, received 1,099,511,627,776 of .*2\.png: remove it")


@pytest.mark.parametrize("case", SPOILT)
def test_a_file_that_is_none_gets_one_line_and_leaves_nothing(mine, raw, case):
    spoil, message = SPOILT[case]
    spoil(grow(mine, "a/1.png", "b/1.png") / "a")
    check_refusal(mine, raw, message)


@pytest.mark.parametrize(("name", "received"), [("nosuch", "nothing: correct"), ("x.png", "a file of another kind")])
def test_a_path_to_no_folder_and_no_table_gets_one_line(mine, raw, name, received):
    message = rf"Expected a folder of images or a CSV file at .*{name}, received {received}"
    check_refusal(grow(mine, "x.png") / name, raw, message)


TABLES = {
    "missing file": (["x/1.png,a", "x/9.png,b", "x/8.png,b"], r"in place of 'x/9.png' \(line 3\) and of 1 more"),
    "folder as file": (["x/1.png,a", "x,b"], r"received nothing in place of 'x' \(line 3\)"),
    "no path": (["x/1.png,a", ",b"], r"Expected a file in line 3 of .*, received none: remove the line"),
    "missing label": (["x/1.png,a", "x/2.png,"], r"Expected a label in line 3 of .*, received none"),
    "short line": (["x/1.png,a", "x/2.png"], r"Expected a label in line 3"),
    "long line": (["x/1.png,a", "x/2.png,b,c"], r"Expected 2 cells in line 3 of .*, received more: put a name with a"),
    "absolute": (["x/1.png,a", "/etc/x.png,b"], r"Expected a path below .*, received '/etc/x.png'"),
    "drive": (["x/1.png,a", "C:\\x.png,b"], r"Expected a path below .*, received 'C:\\\\x.png'"),
    "above": (["x/1.png,a", "../mine/x/2.png,b"], r"Expected a path below .* as file in line 3"),
    "above by a detour": (["x/1.png,a", "x/../x/2.png,b"], r"Expected a path below .* as file in line 3"),
    "twice": (["x/1.png,a", "x/2.png,b", "./x/1.png,a"], r"one line per file in .*, received 'x/1.png' twice.* line 4"),
    "two labels": (["x/1.png,a", "x/1.png,b"], r"received 'x/1.png' twice, as 'a' and 'b': line 3"),
    "one class": (["x/1.png,a", "x/2.png,a"], r"at least two classes in .*, received one class, 'a'"),
    "no lines": ([], r"Expected a line per image in .*, received none"),
    "newline": (["x/1.png,a", '"x/\n2.png",b'], r"without control characters .*, received 'x/\\n2.png'"),
    "open quote": (["x/1.png,a", '"x/2.png,b'], r"received one that cannot be read: unexpected end of data"),
}  # fmt: skip


@pytest.mark.parametrize("case", TABLES)
def test_a_bad_table_gets_one_line_and_leaves_nothing(mine, raw, case):
    lines, message = TABLES[case]
    check_refusal(table(grow(mine, "x/1.png", "x/2.png"), *lines), raw, message)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", r"Expected the columns file and label in .*labels.csv, received an empty file"),
        (b"file,class\nx/1.png,a\n", r"Expected the columns file and label in .*, received 'file', 'class'"),
        (b"file,label,label\nx/1.png,a,b\n", r"columns of different names in .*, received 'label' twice: rename one"),
        (
            "file,label\nx/ü.png,a\n".encode("latin-1"),
            r"Expected a CSV file in UTF-8 at .*, received another .*: save it as UTF-8",
        ),
        ("file,label\nx/1.png,a\n".encode("utf-16"), r"in UTF-8 at .*, received UTF-16: save it as UTF-8"),
        (
            b"file,label,split\nx/1.png,a,third\n",
            r"Expected train, val, test or nothing as split in line 2 .*'third'",
        ),
    ],
    ids=["empty", "column", "column twice", "latin-1", "utf-16", "split"],
)
def test_what_is_no_table_gets_one_line_and_leaves_nothing(mine, raw, content, message):
    path = table(grow(mine, "x/1.png"))
    path.write_bytes(content)
    check_refusal(path, raw, message)


@pytest.mark.parametrize("name", ["a/1.png", "b/2.png"])
def test_a_file_that_may_not_be_read_ends_it_and_leaves_nothing(mine, raw, monkeypatch, name):
    grow(mine, "a/1.png", "a/2.png", "b/1.png", "b/2.png")
    read = Path.read_bytes

    def guarded(path):
        if path == mine / name:
            raise PermissionError(13, "Permission denied", str(path))
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", guarded)
    check_refusal(mine, raw, rf"Expected an image that can be read, received Permission denied: '.*{name}'")


def test_a_folder_that_may_not_be_listed_ends_it(mine, raw, monkeypatch):
    grow(mine, "a/1.png", "b/1.png")
    scan = os.scandir

    def guarded(path):
        if path == mine:
            raise PermissionError(13, "Permission denied", str(path))
        return scan(path)

    monkeypatch.setattr(os, "scandir", guarded)
    check_refusal(mine, raw, r"Expected files in .* that can be read, received Permission denied: '.*mine'")


def test_no_path_and_a_hash_where_there_is_none_to_compare_are_refused(mine, raw):
    check_refusal(grow(mine, "a/1.png", "b/1.png"), raw, r"Expected sha256 with a file alone", sha256="0" * 64)
    check_refusal(table(mine, "a/1.png,a", "b/1.png,b"), raw, r"Expected labels.csv with SHA-256 0000", sha256="0" * 64)
    check_refusal("~nosuchuser/mine", raw, r"received '~nosuchuser/mine', whose user has no home here")
    with refused(r"Expected source: {name: folder, path: ...} .* received no path"):
        download.fetch("lesions", Data(source="folder", examples=None, size=24), raw, definition="folder")
    with refused(r"Expected a source of one's own images among folder, received 'kaggle'"):
        sets.get("folder").source("kaggle")
