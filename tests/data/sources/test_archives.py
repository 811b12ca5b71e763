"""Archives are found where the user put them and compared with the hash that is expected."""

import hashlib

from toys import refused

from cnnbench.data.sources.archives import find, hash_file


def test_a_file_is_found_at_the_top_or_in_a_folder(tmp_path):
    assert find(None, "a.zip") is None
    assert find(tmp_path / "missing", "a.zip") is None
    for folder in ("b", "a", "."):
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / folder / "a.zip").write_bytes(b"a")
        assert find(tmp_path, "a.zip") == tmp_path / folder / "a.zip"
    (tmp_path / "c.zip").mkdir()
    assert find(tmp_path, "c.zip") is None


def test_a_hash_is_returned_and_compared_whatever_its_case(tmp_path):
    (tmp_path / "a").write_bytes(b"film")
    known = hashlib.sha256(b"film").hexdigest()
    assert known == hash_file(tmp_path / "a", "a", None) == hash_file(tmp_path / "a", "a", known.upper())
    with refused(f"Expected a with SHA-256 {'0' * 64}, received {known}: it is cut short or"):
        hash_file(tmp_path / "a", "a", "0" * 64)


def test_a_file_that_cannot_be_read_is_one_line(tmp_path):
    (tmp_path / "folder").mkdir()
    with refused(r"Expected to read .*folder, received Is a directory"):
        hash_file(tmp_path / "folder", "folder", None)
