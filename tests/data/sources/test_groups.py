"""Groups that a user's CSV file tells, taken over when the data are fetched."""

import unicodedata

import pytest
from toys import SPLIT, film, refused

from cnnbench.config import Data
from cnnbench.data import download
from cnnbench.data.raw import read_examples
from cnnbench.data.split import split_file

IDS = [f"{label}/{index:02d}.png" for label in "ab" for index in range(20)]


@pytest.fixture
def mine(tmp_path):
    for seed, name in enumerate(IDS):
        path = tmp_path / "mine" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(film(seed))
    return tmp_path / "mine"


@pytest.fixture
def raw(tmp_path):
    return tmp_path / "raw" / "lesions"


def fetch(mine, raw, content, examples=None):
    given = mine.parent / "patients.csv"
    if content is not None:
        given.write_bytes(content if isinstance(content, bytes) else content.encode())
    source = {"name": "folder", "path": str(mine), "groups": str(given)}
    return download.fetch("lesions", Data(source=source, examples=examples, size=24), raw, definition="folder")


def test_groups_are_kept_together_by_the_split(mine, raw):
    patients = "".join(f"{name},patient {index // 2}\n" for index, name in enumerate(IDS))
    known = fetch(mine, raw, "id,group\n" + patients)
    assert sorted(known.sha256) == ["examples.csv", "images.zip"]
    assert {example.group for example in read_examples(raw)} == {f"patient {index}" for index in range(20)}
    frame = split_file.make(raw, SPLIT)
    assert (frame.groupby("group")["fold"].nunique() == 1).all()
    assert (frame.groupby("group")["id"].nunique() == 2).all()


def test_examples_that_it_does_not_name_keep_their_own(mine, raw):
    known = fetch(mine, raw, 'group,id,age\n"one, ""two""",a/00.png,7\n')
    assert known.notes[-1] == (
        "the table of groups names 1 of 40 images: the others, such as 'a/01.png', keep the group that they had, by "
        "themselves each where there was none"
    )
    held = {example.id: example.group for example in read_examples(raw)}
    assert held == {name: name for name in IDS} | {"a/00.png": 'one, "two"'}


def test_a_mark_of_excel_windows_ends_and_a_line_twice_do_no_harm(mine, raw):
    fetch(mine, raw, b"\xef\xbb\xbfid,group\r\na/00.png, p1 \r\n\r\na/00.png,p1\r\n")
    assert {example.id: example.group for example in read_examples(raw) if example.group != example.id} == {
        "a/00.png": "p1"
    }


def test_accents_match_whichever_machine_wrote_them(mine, raw):
    (mine / "a" / unicodedata.normalize("NFC", "é.png")).write_bytes(film(99))
    fetch(mine, raw, "id,group\n" + unicodedata.normalize("NFD", "a/é.png") + ",p1\n")
    assert {e.id: e.group for e in read_examples(raw)}["a/é.png"] == "p1"


def test_of_a_capped_set_the_groups_of_the_others_are_left_out(mine, raw):
    fetch(mine, raw, "id,group\n" + "".join(f"{name},p\n" for name in IDS), examples=12)
    assert [example.group for example in read_examples(raw)] == ["p"] * 12
    with refused(r"received 1 that are none"):
        fetch(mine, raw.parent / "none", "id,group\nc/00.png,p\n", examples=12)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, r"Expected a CSV file at .*patients.csv, received none"),
        ("", r"Expected the columns id and group in .*, received an empty file"),
        ("id,group\n", r"Expected a line per id in .*, received none"),
        ("id,patient\na/00.png,p1\n", r"Expected the columns id and group in .*, received 'id', 'patient'"),
        ("id,group\na/00.png,p1\na/00.png,p2\n", r"one group of 'a/00.png' in .*, received 'p1' and 'p2': line 3"),
        ("id,group\na/00.png,\n", r"Expected an id and a group in line 2 of .*, received 'a/00.png' and ''"),
        ("id,group\n,p1\n", r"Expected an id and a group in line 2 of .*, received '' and 'p1'"),
        ("id,group\na/00.png,NaN\n", r"Expected an id and a group in line 2 of .*, received 'a/00.png' and 'NaN'"),
        ("id,group\na/00.png,p1,p2\n", r"Expected 2 cells in line 2"),
        ("id,group\na/00.png,p\x1b[31m\n", r"without control characters .*, received 'p\\x1b\[31m'"),
        ("id,group\na/00.png,ü\n".encode("latin-1"), r"Expected a CSV file in UTF-8"),
    ],
    ids=[
        "none",
        "empty",
        "no lines",
        "column",
        "two groups",
        "no group",
        "no id",
        "group nan",
        "long line",
        "control",
        "latin-1",
    ],
)
def test_a_bad_file_gets_one_line_before_anything_is_fetched(mine, raw, content, message):
    with refused(message):
        fetch(mine, raw, content)
    assert not list(raw.iterdir())


def test_an_id_of_no_example_is_found_while_fetching(mine, raw):
    content = "id,group\na/00.png,p1\na/99.png,p1\nA/01.png,p1\n"
    with refused(r"received 2 that are none, such as 'A/01.png': .* such as 'a/00.png'"):
        fetch(mine, raw, content)
    assert list(raw.iterdir()) == []
