"""Archives are found where the user put them, copied whole, and the number of examples can be capped."""

import zipfile
from types import SimpleNamespace

import pytest

from cnnbench.config import Data
from cnnbench.core.errors import UserError
from cnnbench.data import download
from cnnbench.data.raw import read_examples
from cnnbench.data.sources import user_archives

FILMS = {f"chest_xray/train/NORMAL/IM-{number:04d}-0001.jpeg": b"film %d" % number for number in range(40)}


def test_a_file_is_found_at_the_top_or_in_a_folder(tmp_path):
    assert user_archives.find(None, "a.zip") is None
    assert user_archives.find(tmp_path / "missing", "a.zip") is None
    for folder in ("b", "a", "."):
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / folder / "a.zip").write_bytes(b"a")
        assert user_archives.find(tmp_path, "a.zip") == tmp_path / folder / "a.zip"
    (tmp_path / "c.zip").mkdir()
    assert user_archives.find(tmp_path, "c.zip") is None


def test_a_copy_is_a_file_of_its_own(tmp_path):
    (tmp_path / "a").write_bytes(b"film")
    user_archives.copy(tmp_path / "a", tmp_path / "new" / "b")
    assert (tmp_path / "new" / "b").read_bytes() == b"film"
    assert not (tmp_path / "a").samefile(tmp_path / "new" / "b")


def test_a_disk_that_is_full_is_one_line(tmp_path, monkeypatch):
    monkeypatch.setattr(user_archives.shutil, "disk_usage", lambda _: SimpleNamespace(free=2**30))
    user_archives.room(tmp_path, 2**30)
    with pytest.raises(UserError, match=r"Expected 2\.0 GiB free on the disk of .*, received 1\.0 GiB: make room\."):
        user_archives.room(tmp_path, 2**31)


def test_a_file_that_cannot_be_copied_is_one_line(tmp_path):
    (tmp_path / "folder").mkdir()
    with pytest.raises(UserError, match="Is a directory"):
        user_archives.copy(tmp_path / "folder", tmp_path / "b")


def zipped(path, members):
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def fetched(tmp_path, name, cap, seed):
    zipped(tmp_path / "chest-xray-pneumonia.zip", FILMS)
    raw = tmp_path / name
    data = Data(source={"name": "kaggle", "seed": seed}, examples=cap, size=64)
    known = download.fetch("chest_xray", data, raw, tmp_path)
    return known, [example.id for example in read_examples(raw)]


def test_a_cap_takes_a_seeded_sample_in_the_sources_order(tmp_path):
    known, ids = fetched(tmp_path, "capped", 12, 0)
    assert (known.examples, known.fetched, sum(known.counts.values()), len(ids)) == (12, 40, 12, 12)
    assert ids == sorted(ids)
    assert ids != sorted(name.removeprefix("chest_xray/") for name in FILMS)[:12]
    assert fetched(tmp_path, "again", 12, 0)[1] == ids
    assert fetched(tmp_path, "other", 12, 1)[1] != ids


@pytest.mark.parametrize("cap", [None, 40, 41])
def test_a_cap_that_is_not_reached_changes_nothing(cap, tmp_path):
    known, ids = fetched(tmp_path, "all", cap, 0)
    assert (known.examples, len(ids)) == (40, 40)


def test_a_cap_bears_with_groups_of_all_examples(tmp_path):
    table = tmp_path / "groups.csv"
    table.write_text("id,group\n" + "".join(f"{name.removeprefix('chest_xray/')},one\n" for name in FILMS))
    zipped(tmp_path / "chest-xray-pneumonia.zip", FILMS)
    data = Data(source={"name": "kaggle", "groups": str(table)}, examples=12, size=64)
    download.fetch("chest_xray", data, tmp_path / "raw", tmp_path)
    assert [example.group for example in read_examples(tmp_path / "raw")] == ["one"] * 12
