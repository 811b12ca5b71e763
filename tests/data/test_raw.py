"""Images packed into a raw folder come out as they went in, and the same images are the same bytes."""

import pytest

from cnnbench.core.errors import UserError
from cnnbench.data.sources import Example, packed

EXAMPLES = [
    Example('cat/Größe 肺, "one".png', b"\x89PNG one", 0, "a, b", "train"),
    Example("cat/<script>.png", b"\x89PNG two", 0, "", "val"),
    Example("dog/it's.png", b"", 1, "dog/it's.png", ""),
]


def test_what_is_packed_is_unpacked_in_its_order(tmp_path):
    assert packed.pack(tmp_path, reversed(EXAMPLES)) == 3
    assert list(packed.unpack(tmp_path)) == EXAMPLES[::-1]
    assert sorted(path.name for path in tmp_path.iterdir()) == [packed.TABLE, packed.ARCHIVE]


def test_the_same_images_are_the_same_bytes(tmp_path):
    for name in ("one", "two"):
        packed.pack(tmp_path / name, EXAMPLES)
    for file in (packed.ARCHIVE, packed.TABLE):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def test_ids_are_unique(tmp_path):
    with pytest.raises(UserError, match=r"received 'cat/<script>\.png' twice"):
        packed.pack(tmp_path, [*EXAMPLES, EXAMPLES[1]])
    assert list(tmp_path.iterdir()) == []


def test_a_source_that_fails_on_the_way_leaves_nothing(tmp_path):
    def broken():
        yield EXAMPLES[0]
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        packed.pack(tmp_path, broken())
    assert list(tmp_path.iterdir()) == []


def test_a_member_that_is_damaged_is_one_line(tmp_path):
    packed.pack(tmp_path, EXAMPLES)
    content = (tmp_path / packed.ARCHIVE).read_bytes()
    (tmp_path / packed.ARCHIVE).write_bytes(content.replace(b"PNG two", b"PNG 2.."))
    with pytest.raises(UserError, match=r"<script>\.png' in .* whole, as its checksum says"):
        list(packed.unpack(tmp_path))
