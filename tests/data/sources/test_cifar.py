"""CIFAR-10's binary archive: read as its publisher packs it, and refused where it is not that."""

import gzip
import io
import tarfile
import zlib

import numpy as np
import pytest
from toys import REAL, refused

from cnnbench.config import Data
from cnnbench.data import download
from cnnbench.data.raw import read_examples
from cnnbench.data.sources import cifar

DATA = Data(source="archive", examples=None, size=32)
TRAIN, TEST = "cifar-10-batches-bin/data_batch_1.bin", "cifar-10-batches-bin/test_batch.bin"


def records(labels):
    """So many records; each image has three plain channels: 10, 20, 30 plus its index."""
    return b"".join(
        bytes([label]) + b"".join(bytes([10 * channel + index]) * 1024 for channel in (1, 2, 3))
        for index, label in enumerate(labels)
    )


def tarred(path, members):
    """Writes an archive of name: bytes, or name: TarInfo."""
    with tarfile.open(path, "w:gz") as archive:
        for name, content in members.items():
            info = content if isinstance(content, tarfile.TarInfo) else tarfile.TarInfo(name)
            if not isinstance(content, tarfile.TarInfo):
                info.size = len(content)
            archive.addfile(info, None if content is info else io.BytesIO(content))


def linked(name, kind, target):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return {name: info}


def claiming(path, name, size):
    """A header that says so many bytes, and no content."""
    info = tarfile.TarInfo(name)
    info.size = size
    path.write_bytes(gzip.compress(info.tobuf() + bytes(1024)))


def cut(path):
    tarred(path, {TRAIN: np.random.default_rng(0).bytes(cifar.RECORD * 9)})
    path.write_bytes(path.read_bytes()[:-5000])


def flipped(path):
    tarred(path, {TRAIN: records(range(10))})
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)


def zeros(path):
    """Ten gigabytes of zeros: one block over and over."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = packer.compress(bytes(2**20)) + packer.flush(zlib.Z_FULL_FLUSH)
    path.write_bytes(gzip.compress(b"")[:10] + block * 10 * 2**10)


def sparse(path):
    with path.open("wb") as file:
        file.truncate(2**32)


def crowded(path):
    tarred(path, {f"{number}.txt": b"" for number in range(cifar.MEMBERS + 1)})


def nested(path):
    """Headers that each describe the next one."""
    info = tarfile.TarInfo("././@PaxHeader")
    info.type = tarfile.XHDTYPE
    path.write_bytes(gzip.compress(info.tobuf() * 5_000 + bytes(1024)))


def test_images_labels_and_parts_are_the_publishers(tmp_path):
    tarred(
        tmp_path / cifar.ARCHIVE, {TEST: records([9]), "cifar-10-batches-bin/readme.html": b"x", TRAIN: records([3, 0])}
    )
    raw = tmp_path / "raw"
    known = download.fetch("cifar10", DATA, raw, tmp_path)
    examples = list(read_examples(raw))
    assert [(example.id, example.label, example.part) for example in examples] == [
        ("data_batch_1/00000", 3, "train"),
        ("data_batch_1/00001", 0, "train"),
        ("test_batch/00000", 9, "test"),
    ]
    assert examples[1].data.shape == (32, 32, 3)
    assert examples[1].data[5, 7].tolist() == [11, 21, 31]
    assert known.counts["cat"] == 1


BAD = {
    "none there": (lambda path: None, "received none: download the binary version"),
    "link": (lambda path: tarred(path, linked(TRAIN, tarfile.SYMTYPE, "/etc/passwd")), "in a link: not used"),
    "hard link": (lambda path: tarred(path, linked(TRAIN, tarfile.LNKTYPE, "/etc/passwd")), "in a link: not used"),
    "device": (lambda path: tarred(path, linked(TRAIN, tarfile.CHRTYPE, "")), "not used"),
    "size of no record": (lambda path: tarred(path, {TRAIN: records([1])[:-1]}), "received 3,072: not used"),
    "no record": (lambda path: tarred(path, {TRAIN: b""}), "received 0: not used"),
    "too large": (lambda path: claiming(path, TRAIN, cifar.RECORD * 10_001), "received 30,733,073: not used"),
    "size that lies": (lambda path: claiming(path, TRAIN, cifar.RECORD * 9), "received one that is not"),
    "label above 9": (lambda path: tarred(path, {TRAIN: records([1, 10])}), "labels 0 to 9 in data_batch_1.bin .* 10"),
    "cut short": (cut, "received one that is not .*: download it again"),
    "flipped byte": (flipped, "received one that is not"),
    "no archive": (lambda path: path.write_bytes(b"<html>"), "received one that is not"),
    "nothing": (lambda path: path.write_bytes(b""), "received one that is not"),
    "no tar": (lambda path: path.write_bytes(gzip.compress(b"x" * 2000)), "received one that is not"),
    "empty tar": (lambda path: tarred(path, {}), "data_batch_1.bin in .*, received none"),
    "outside": (lambda path: tarred(path, {"../" + TRAIN: records([1])}), "data_batch_1.bin in .*, received none"),
    "bomb": (zeros, "unpack to at most .* bytes, received more: not used"),
    "large": (sparse, "unpack to at most .* bytes, received more: not used"),
    "many files": (crowded, "at most 100 files in .*, received more: not used"),
    "headers of headers": (nested, "received one that is not"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_archive_is_one_line_and_leaves_nothing(case, tmp_path):
    make, message = BAD[case]
    mine, raw = tmp_path / "mine", tmp_path / "raw"
    mine.mkdir()
    make(mine / cifar.ARCHIVE)
    before = [path.stat() for path in mine.iterdir()]
    with refused(message):
        download.fetch("cifar10", DATA, raw, mine)
    assert list(raw.iterdir()) == []
    assert [path.stat()[:7] + path.stat()[8:] for path in mine.iterdir()] == [it[:7] + it[8:] for it in before]


@pytest.mark.skipif(not (REAL / cifar.ARCHIVE).exists(), reason=f"no {REAL / cifar.ARCHIVE}")
def test_the_real_archive(tmp_path):
    known = download.fetch("cifar10", DATA, tmp_path / "raw", REAL)
    parts = [example.part for example in read_examples(tmp_path / "raw")]
    assert (known.examples, parts.count("train"), parts.count("test")) == (6_102, 5_085, 1_017)
