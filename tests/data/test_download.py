"""The download step: what is taken of a source, with which groups, and what `source.json` says of it."""

import hashlib
import zipfile
from types import SimpleNamespace

import pytest
from toys import refused

from cnnbench.config import Data
from cnnbench.data import download
from cnnbench.data.raw import read_examples
from cnnbench.data.sources import disk
from cnnbench.data.sources.zip_archive import ZipArchive

NAME = "chest-xray-pneumonia.zip"
FILMS = {f"train/NORMAL/IM-{number:04d}-0001.jpeg": b"film %d" % number for number in range(40)}


@pytest.fixture
def mine(tmp_path):
    """The user's folder of archives, with 40 films."""
    (tmp_path / "mine").mkdir()
    with zipfile.ZipFile(tmp_path / "mine" / NAME, "w") as archive:
        for name, content in FILMS.items():
            archive.writestr(f"chest_xray/{name}", content)
    return tmp_path / "mine"


def fetch(mine, raw, cap=None, **source):
    data = Data(source={"name": "kaggle", **source}, examples=cap, size=64)
    return download.fetch("chest_xray", data, raw, mine), list(read_examples(raw))


def test_every_image_is_kept_as_it_is_and_the_archive_where_it_is(mine, tmp_path):
    before = (mine / NAME).stat()
    known, examples = fetch(mine, tmp_path / "raw")
    assert {example.id: example.data for example in examples} == FILMS
    assert sorted(path.name for path in (tmp_path / "raw").iterdir()) == ["examples.csv", "images.zip", "source.json"]
    assert known.archives == {NAME: hashlib.sha256((mine / NAME).read_bytes()).hexdigest()}
    assert known.sha256 == {
        name: hashlib.sha256((tmp_path / "raw" / name).read_bytes()).hexdigest()
        for name in ("examples.csv", "images.zip")
    }
    after = (mine / NAME).stat()
    assert (after.st_ino, after.st_mtime_ns, after.st_nlink) == (before.st_ino, before.st_mtime_ns, 1)


def test_the_same_images_in_two_data_sets_are_stored_once(mine, tmp_path, capsys):
    raw = tmp_path / "raw"
    fetch(mine, raw / "alone" / "one")
    for name in ("one", "two"):
        fetch(mine, raw / "both" / name)
    first, second = (raw / "both" / name / "images.zip" for name in ("one", "two"))
    assert first.samefile(second)
    assert capsys.readouterr().out == "images.zip is that of one, byte for byte, and stored once\n"
    for name in ("one", "two"):
        for file in ("images.zip", "examples.csv", "source.json"):
            assert (raw / "both" / name / file).read_bytes() == (raw / "alone/one" / file).read_bytes()
    assert len(list((raw / "both" / "two").iterdir())) == 3
    fetch(mine, raw / "both" / "two", 30)  # other images: the first keeps its own
    assert second.read_bytes() != first.read_bytes() == (raw / "alone/one/images.zip").read_bytes()


def test_without_hard_links_each_has_its_own(mine, tmp_path, monkeypatch):
    monkeypatch.setattr(download.Path, "hardlink_to", lambda *_: (_ for _ in ()).throw(OSError("not here")))
    for name in ("one", "two"):
        fetch(mine, tmp_path / "raw" / name)
    assert len({(tmp_path / "raw" / name / "images.zip").stat().st_ino for name in ("one", "two")}) == 2
    assert len(list((tmp_path / "raw" / "two").iterdir())) == 3


def test_each_image_is_read_once_and_those_that_are_not_taken_never(mine, tmp_path, monkeypatch):
    read, asked = ZipArchive.read, []
    monkeypatch.setattr(ZipArchive, "read", lambda self, name: asked.append(name) or read(self, name))
    _, examples = fetch(mine, tmp_path / "capped", 12)
    assert asked == [f"chest_xray/{example.id}" for example in examples]
    asked.clear()
    fetch(mine, tmp_path / "all")
    assert sorted(asked) == sorted(f"chest_xray/{name}" for name in FILMS)


def test_a_cap_takes_a_seeded_sample_in_the_sources_order(mine, tmp_path):
    known, examples = fetch(mine, tmp_path / "capped", 12)
    assert (known.examples, known.fetched, sum(known.counts.values()), len(examples)) == (12, 40, 12, 12)
    assert examples == sorted(examples)
    assert [example.id for example in examples] != sorted(FILMS)[:12]
    assert fetch(mine, tmp_path / "again", 12, seed=0)[1] == examples
    assert fetch(mine, tmp_path / "other", 12, seed=1)[1] != examples


def test_the_sample_stays_what_it_was(mine, tmp_path):
    """Published figures were measured on such samples."""
    taken = [int(example.id[-14:-10]) for example in fetch(mine, tmp_path / "raw", 5, seed=3)[1]]
    assert taken == [17, 20, 23, 30, 32]


@pytest.mark.parametrize("cap", [None, 40, 41])
def test_a_cap_that_is_not_reached_changes_nothing(cap, mine, tmp_path):
    known, examples = fetch(mine, tmp_path / "raw", cap)
    assert (known.examples, known.fetched, len(examples)) == (40, 40, 40)


def test_a_capped_row_keeps_its_id(tmp_path):
    data = Data(source="packaged", examples=20, size=None)
    download.fetch("boston_housing", data, tmp_path / "capped")
    download.fetch("boston_housing", data.model_copy(update={"examples": None}), tmp_path / "all")
    rows = {example.id: (example.label, example.data.tolist()) for example in read_examples(tmp_path / "all")}
    for example in read_examples(tmp_path / "capped"):
        assert rows[example.id] == (example.label, example.data.tolist())


def test_a_cap_bears_with_groups_of_all_examples(mine, tmp_path):
    table = tmp_path / "groups.csv"
    table.write_text("id,group\n" + "".join(f"{name},one\n" for name in FILMS))
    _, examples = fetch(mine, tmp_path / "raw", 12, groups=str(table))
    assert [example.group for example in examples] == ["one"] * 12


def test_a_disk_that_is_full_is_one_line(tmp_path, monkeypatch):
    monkeypatch.setattr(disk.shutil, "disk_usage", lambda _: SimpleNamespace(free=2**30))
    disk.require_room(tmp_path, 2**30)
    with refused(r"Expected 2\.0 GiB free on the disk of .*, received 1\.0 GiB: make room\."):
        disk.require_room(tmp_path, 2**31)


@pytest.mark.parametrize(("cap", "enough"), [(None, False), (12, True)])
def test_room_is_asked_for_what_is_taken(mine, tmp_path, monkeypatch, cap, enough):
    monkeypatch.setattr(disk.shutil, "disk_usage", lambda _: SimpleNamespace(free=sum(map(len, FILMS.values())) // 2))
    if enough:
        assert len(fetch(mine, tmp_path / "raw", cap)[1]) == 12
        return
    with refused(r"GiB free on the disk of .*make room"):
        fetch(mine, tmp_path / "raw", cap)
    assert list((tmp_path / "raw").iterdir()) == []
