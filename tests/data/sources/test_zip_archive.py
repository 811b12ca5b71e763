"""Zip files that could do harm, are damaged or are oddly named; the sources that read them leave nothing behind."""

import stat
import struct
import tracemalloc
import zipfile
import zlib

import pytest
from toys import refused

from cnnbench.config import Data
from cnnbench.data import download
from cnnbench.data.raw import read_examples
from cnnbench.data.sources.zip_archive import ZipArchive

NAME = "chest-xray-pneumonia.zip"
FILM = "chest_xray/train/NORMAL/IM-0115-0001.jpeg"
DATA = Data(source="kaggle", examples=None, size=64)


def zipped(path, members):
    """Writes a zip file of name: content; a name may be a ZipInfo."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def link(name, target):
    info = zipfile.ZipInfo(name)
    info.create_system, info.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    return {info: target}


def zeros(size):
    """A deflated stream of so many zeros: one block over and over, so ten gigabytes are made in no time."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = packer.compress(bytes(2**20)) + packer.flush(zlib.Z_FULL_FLUSH)
    return block * (size // 2**20) + packer.flush()


def forged(path, name, packed, size, *, flags=0, method=zipfile.ZIP_DEFLATED, packed_size=None):
    """Writes a zip file of one member whose headers claim what they are told to."""
    raw, length = name.encode(), len(packed) if packed_size is None else packed_size
    large = struct.pack("<HHQ", 1, 8, size) if size >= 2**32 - 1 else b""  # zip64
    small = min(size, 2**32 - 1)
    common = struct.pack("<HHHHHIIIHH", 45, flags, method, 0, 0x21, 0, length, small, len(raw), len(large))
    local = b"PK\3\4" + common + raw + large + packed
    central = b"PK\1\2" + struct.pack("<H", 45) + common + struct.pack("<HHHII", 0, 0, 0, 0, 0) + raw + large
    end = b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(central), len(local), 0)
    path.write_bytes(local + central + end)


def crowded(path, entries, claimed=None):
    """Writes a zip file with a list of so many empty members."""
    name = FILM.encode()
    central = b"PK\1\2" + struct.pack("<HHHHHHIIIHHHHHII", 20, 20, 0, 0, 0, 0x21, 0, 0, 0, len(name), *[0] * 6) + name
    count, size = min(claimed or entries, 2**16 - 1), len(central) * entries
    path.write_bytes(central * entries + b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, count, count, size, 0, 0))


def sparse(path, size):
    """Writes a file that takes no room on the disk, and claims to be one list of members."""
    with path.open("wb") as file:
        file.truncate(size)
        file.seek(size)
        file.write(b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, 1, 1, size, 0, 0))


def flipped(path):
    zipped(path, {FILM: bytes(range(256)) * 40})
    content = bytearray(path.read_bytes())
    content[60 + len(FILM)] ^= 0xFF
    path.write_bytes(content)


def cut(path):
    zipped(path, {FILM: bytes(range(256)) * 40, "chest_xray/val/NORMAL/IM-0116-0001.jpeg": b"film"})
    path.write_bytes(path.read_bytes()[:-100])


def missing_middle(path):
    """The directory at its end is whole, and points beyond what is left."""
    zipped(path, {FILM: b"x" * 10, "chest_xray/train/NORMAL/IM-0117-0001.jpeg": b"y" * 10})
    content = path.read_bytes()
    path.write_bytes(content[:10] + content[80:])


BAD = {
    "parent": (lambda path: zipped(path, {"../" + FILM: b"film"}), "names inside .* that stay in its folder"),
    "parent in the middle": (lambda path: zipped(path, {"train/../../" + FILM: b""}), "stay in its folder"),
    "parent with backslashes": (lambda path: zipped(path, {"..\\" + FILM: b""}), "stay in its folder"),
    "absolute": (lambda path: zipped(path, {"/etc/" + FILM: b"film"}), "stay in its folder"),
    "drive": (lambda path: zipped(path, {"C:\\" + FILM: b"film"}), "stay in its folder"),
    "share": (lambda path: zipped(path, {"\\\\host\\" + FILM: b"film"}), "stay in its folder"),
    "link": (lambda path: zipped(path, link(FILM, "/etc/passwd")), f"received a link, '{FILM}'"),
    "ten gigabytes of zeros": (
        lambda path: forged(path, FILM, zeros(10 * 2**30), 10 * 2**30),
        "bytes that unpack to 10,737,418,240: not used",
    ),
    "a smaller bomb": (
        lambda path: forged(path, FILM, zeros(100 * 2**20), 100 * 2**20),
        "bytes that unpack to 104,857,600: not used",
    ),
    "forged large size": (lambda path: forged(path, FILM, b"\3\0", 2**40), "unpack to 1,099,511,627,776: not used"),
    "forged small size": (lambda path: forged(path, FILM, zeros(10 * 2**30), 1000), "received Bad CRC-32"),
    "forged packed size": (
        lambda path: forged(path, FILM, b"\3\0", 100 * 2**20, packed_size=90 * 2**20),
        "that fill its .* bytes at most",
    ),
    "password": (lambda path: forged(path, FILM, b"x" * 20, 8, flags=1), "without a password"),
    "odd method": (lambda path: forged(path, FILM, b"x" * 20, 8, method=14), "packed by method 14"),
    "a million entries": (lambda path: crowded(path, 10**6), "at most 600,000 files in .*, received more: not used"),
    "a million entries, and a count that lies": (lambda path: crowded(path, 10**6, 1), "at most 600,000 files"),
    "flipped byte": (flipped, f"Expected '{FILM}' in {NAME} whole, as its checksum says"),
    "cut short": (cut, f"Expected a whole zip file {NAME}, received .* bytes that are none"),
    "cut in the middle": (missing_middle, NAME),
    "no zip": (lambda path: path.write_bytes(b"<html>Sign in</html>"), "received 20 bytes that are none"),
    "nothing": (lambda path: path.write_bytes(b""), "received 0 bytes that are none"),
    "empty zip": (lambda path: zipped(path, {}), "received no file: is this the archive of paultimothymooney/chest"),
    "folders alone": (lambda path: zipped(path, {"chest_xray/train/NORMAL/": b""}), "received no file"),
    "another data set": (
        lambda path: zipped(path, {"Training/glioma/Tr-gl_0010.jpg": b"slice"}),
        r"Expected files like .* received 1 files such as 'Training/glioma/Tr-gl_0010.jpg': is this the archive of",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_archive_is_one_line_and_leaves_nothing(case, tmp_path):
    make, message = BAD[case]
    mine, raw = tmp_path / "mine", tmp_path / "raw"
    mine.mkdir()
    make(mine / NAME)
    before = about(mine / NAME)
    with refused(message) as caught:
        download.fetch("chest_xray", DATA, raw, mine)
    assert ".part" not in str(caught.value)
    assert list(raw.iterdir()) == []
    assert about(mine / NAME) == before


def about(path):
    """What tells whether a file was written, without reading gigabytes."""
    status = path.stat()
    return status.st_size, status.st_mtime_ns, status.st_ino


def test_a_list_of_members_of_gigabytes_is_not_read(tmp_path):
    sparse(tmp_path / "a.zip", 2**32 - 2)
    with refused("at most 600,000 files"):
        ZipArchive(tmp_path / "a.zip")


def test_what_is_not_used_may_be_anything(tmp_path):
    forged(tmp_path / NAME, "movie.avi", zeros(300 * 2**20), 300 * 2**20)
    with zipfile.ZipFile(tmp_path / NAME, "a") as archive:
        archive.writestr("../readme.txt", "")
        for info, target in link("latest", "/etc").items():
            archive.writestr(info, target)
        archive.writestr(FILM, b"film")
    assert download.fetch("chest_xray", DATA, tmp_path / "raw", tmp_path).examples == 1


def newer(directory):
    directory[6] = 99  # of a version that zipfile does not know


def misnamed(directory):
    directory[9], directory[46] = 0x08, 0xFF  # states UTF-8, and is none


def pointing_into_another(directory):
    directory[42:46] = struct.pack("<I", 10)


@pytest.mark.parametrize("spoil", [newer, misnamed, pointing_into_another])
def test_a_member_that_is_never_read_refuses_nothing(spoil, tmp_path):
    zipped(tmp_path / NAME, {FILM: b"film" * 100, "movie.avi": b"x" * 50})
    content = bytearray((tmp_path / NAME).read_bytes())
    last = content.rindex(b"PK\1\2")
    directory = content[last:]
    spoil(directory)
    (tmp_path / NAME).write_bytes(content[:last] + directory)
    assert download.fetch("chest_xray", DATA, tmp_path / "raw", tmp_path).examples == 1


def test_names_with_the_separator_of_windows_are_read(tmp_path):
    zipped(tmp_path / NAME, {FILM.replace("/", "\\"): b"film", "chest_xray\\train\\": b""})
    raw = tmp_path / "raw"
    download.fetch("chest_xray", DATA, raw, tmp_path)
    assert [(e.id, e.data, e.part) for e in read_examples(raw)] == [
        (FILM.removeprefix("chest_xray/"), b"film", "train")
    ]


def test_a_size_that_lies_is_not_believed(tmp_path):
    """What unpacks to ten gigabytes and says a thousand bytes never takes more memory than it says."""
    forged(tmp_path / "lie.zip", "a.jpg", zeros(10 * 2**30), 1000)
    with ZipArchive(tmp_path / "lie.zip") as archive:
        tracemalloc.start()
        with refused("Bad CRC"):
            archive.read("a.jpg")
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 2**20


def test_an_unknown_member_and_a_missing_archive_are_one_line(tmp_path):
    zipped(tmp_path / "a.zip", {"a.jpg": b"a"})
    with ZipArchive(tmp_path / "a.zip") as archive, refused(r"'b\.jpg'"):
        archive.read("b.jpg")
    with refused("received none"):
        ZipArchive(tmp_path / "b.zip")


ODD = ("a b.jpg", 'it\'s "quoted".jpg', "Größe 肺.jpg", "<script>alert(1).jpg", "a:b.jpg", "..jpg", "a..b.jpg")


@pytest.mark.parametrize("name", ODD)
def test_odd_names_are_kept_as_they_are(name, tmp_path):
    zipped(tmp_path / "a.zip", {f"train/{name}": b"film"})
    with ZipArchive(tmp_path / "a.zip") as archive:
        assert archive.members() == [f"train/{name}"]
        assert archive.read(f"train/{name}") == b"film"


def test_odd_names_of_images_become_ids(tmp_path):
    names = [f"Training/glioma/{name}" for name in ODD]
    zipped(tmp_path / "brain-tumor-mri-dataset.zip", dict.fromkeys(names, b"slice"))
    raw = tmp_path / "raw"
    download.fetch("brain_tumor", DATA, raw, tmp_path)
    assert [example.id for example in read_examples(raw)] == sorted(names)


def test_what_macos_adds_and_folders_are_left_out(tmp_path):
    members = {FILM: b"film", "__MACOSX/" + FILM: b"", "chest_xray/__MACOSX/a.jpeg": b"", "chest_xray/._a.jpeg": b""}
    zipped(tmp_path / "a.zip", members | {"chest_xray/": b""})
    with ZipArchive(tmp_path / "a.zip") as archive:
        assert archive.members() == [FILM]


def test_an_archive_is_listed_once(tmp_path, monkeypatch):
    """Kaggle's largest has 550,000 entries: seconds a time."""
    zipped(tmp_path / NAME, {FILM: b"film"})
    calls = []
    members = ZipArchive.members
    monkeypatch.setattr(ZipArchive, "members", lambda self: calls.append(self) or members(self))
    download.fetch("chest_xray", DATA, tmp_path / "raw", tmp_path)
    assert len(calls) == 1
