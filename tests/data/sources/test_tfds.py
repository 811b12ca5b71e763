"""tensorflow-datasets: its own builders, run on toy files in the publishers' formats and on the real MNIST."""

import gzip
import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile
import threading
from collections import Counter
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import h5py
import numpy as np
import pytest
import requests
import tensorflow_datasets as tfds
from toys import REAL, ROOT, refused

from cnnbench.config import Data
from cnnbench.data import download, images
from cnnbench.data.provenance import FILE
from cnnbench.data.raw import IMAGES, TABLE, read_examples
from cnnbench.data.sources import disk, tfds_builder

DATA = Data(source="tfds", examples=None, size=96)
PATCHES = {"train": 7, "valid": 4, "test": 3}
PART = {"train": "train", "valid": "val", "test": "test"}


def patch(split, index):
    """Three plain colours that tell which patch it is."""
    return np.full((96, 96, 3), [index, 10 * len(split), 200], np.uint8)


def camelyon(folder):
    """Writes PatchCamelyon's six files, gzip-compressed HDF5, with a few patches."""
    folder.mkdir(parents=True)
    for split, count in PATCHES.items():
        pixels = np.stack([patch(split, index) for index in range(count)])
        labels = (np.arange(count) % 2).astype(np.uint8).reshape(-1, 1, 1, 1)
        for kind, values in (("x", pixels), ("y", labels)):
            buffer = io.BytesIO()
            with h5py.File(buffer, "w") as file:
                file[kind] = values
            name = f"camelyonpatch_level_2_split_{split}_{kind}.h5.gz"
            (folder / name).write_bytes(gzip.compress(buffer.getvalue(), mtime=0))


def cifar(folder):
    """Writes CIFAR-10's archive with two images a file; the first byte of an image is its row."""
    folder.mkdir(parents=True)
    with tarfile.open(folder / "cifar-10-binary.tar.gz", "w:gz") as archive:
        classes = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]
        contents = {"batches.meta.txt": "\n".join(classes).encode() + b"\n"}
        for file, name in enumerate([f"data_batch_{number}" for number in range(1, 6)] + ["test_batch"]):
            rows = [2 * file % 10, 2 * file % 10 + 1]
            contents[f"{name}.bin"] = b"".join(bytes([row]) + bytes([row]) * 3072 for row in rows)
        for name, content in contents.items():
            info = tarfile.TarInfo(f"cifar-10-batches-bin/{name}")
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))


@pytest.fixture
def home(tmp_path, monkeypatch):
    """The user's folder of tensorflow-datasets, empty as yet, on a machine without a network."""
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path / "home"))

    def unreachable(*_, **__):
        raise requests.ConnectionError("a secret address")

    monkeypatch.setattr(requests, "head", unreachable)
    monkeypatch.setattr(disk.shutil, "disk_usage", lambda _: SimpleNamespace(free=2**40))
    return tmp_path / "home"


def published(name, folder, monkeypatch):
    """Has tensorflow-datasets take the files in a folder for the publisher's: it knows them by size and hash."""
    builder = tfds.builder_cls(name)
    known = {}
    for url, info in builder.url_infos.items():
        content = (folder / info.filename).read_bytes()
        size, checksum = tfds.core.utils.Size(len(content)), hashlib.sha256(content).hexdigest()
        known[url] = tfds.core.download.checksums.UrlInfo(size, checksum, info.filename)
    monkeypatch.setattr(builder, "url_infos", known)


@pytest.fixture
def patches(tmp_path, monkeypatch):
    """The user's folder of archives, with PatchCamelyon's files in a folder of their own."""
    camelyon(tmp_path / "mine" / "patch_camelyon")
    published("patch_camelyon", tmp_path / "mine" / "patch_camelyon", monkeypatch)
    return tmp_path / "mine"


def refusal(name, raw, archives=None):
    with refused() as caught:
        download.fetch(name, DATA, raw, archives)
    assert caught.value.__cause__ is None
    assert list(raw.iterdir()) == []
    return str(caught.value)


def test_patches_keep_the_publishers_parts_rows_and_pixels(home, patches, tmp_path):
    raw = tmp_path / "raw"
    known = download.fetch("patch_camelyon", DATA, raw, patches)
    assert (known.examples, known.origin) == (14, "patch_camelyon/2.0.0 of tensorflow-datasets")
    assert str(tmp_path) not in (raw / "source.json").read_text()
    examples = {example.id: example for example in read_examples(raw)}
    expected = [(split, index) for split, count in PATCHES.items() for index in range(count)]
    assert sorted(examples) == sorted(f"{PART[split]}/{index:06d}" for split, index in expected)
    for split, index in expected:
        example = examples[f"{PART[split]}/{index:06d}"]
        assert (example.label, example.part) == (index % 2, PART[split])
        assert example.data.startswith(b"\x89PNG")  # as it was stored, not decoded and encoded again
        assert (images.decode(example.data, 3) == patch(split, index)).all()
    assert sorted(path.name for path in home.iterdir()) == ["patch_camelyon"]  # nothing unpacked is left


def test_a_set_that_is_prepared_is_used_and_gives_the_same_bytes(home, patches, tmp_path, monkeypatch):
    download.fetch("patch_camelyon", DATA, tmp_path / "one", patches)
    before = sorted((path, path.stat().st_mtime_ns) for path in home.rglob("*"))
    download.fetch("patch_camelyon", DATA, tmp_path / "two")  # neither network nor archives
    assert sorted((path, path.stat().st_mtime_ns) for path in home.rglob("*")) == before
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path / "another"))
    for file in (patches / "patch_camelyon").iterdir():
        file.rename(patches / file.name)  # at the top of the folder of archives
    download.fetch("patch_camelyon", DATA, tmp_path / "three", patches)
    for name in (IMAGES, TABLE, FILE):
        one = (tmp_path / "one" / name).read_bytes()
        assert one == (tmp_path / "two" / name).read_bytes() == (tmp_path / "three" / name).read_bytes()


def test_the_folder_is_in_the_users_home_where_nothing_says_otherwise(home, patches, tmp_path, monkeypatch):
    monkeypatch.delenv("TFDS_DATA_DIR")
    monkeypatch.setenv("HOME", str(tmp_path / "ada"))
    download.fetch("patch_camelyon", DATA, tmp_path / "raw", patches)
    assert (tmp_path / "ada/tensorflow_datasets/patch_camelyon/2.0.0/dataset_info.json").exists()


def test_cifar_keeps_rows_classes_and_parts(home, tmp_path, monkeypatch):
    cifar(tmp_path / "mine")
    published("cifar10", tmp_path / "mine", monkeypatch)
    known = download.fetch("cifar10", DATA, tmp_path / "raw", tmp_path / "mine")
    examples = list(read_examples(tmp_path / "raw"))
    assert Counter(example.part for example in examples) == {"train": 10, "test": 2}
    assert (known.counts["airplane"], known.counts["cat"]) == (2, 1)
    for example in examples:
        assert images.decode(example.data, 3)[0, 0, 0] == example.label
        if example.part == "train":
            assert example.id == f"train/{int(example.label):06d}"


def test_a_cap_takes_some_of_the_patches(home, patches, tmp_path):
    data = Data(source="tfds", examples=5, size=96)
    known = download.fetch("patch_camelyon", data, tmp_path / "raw", patches)
    assert (known.examples, len(list(read_examples(tmp_path / "raw")))) == (5, 5)


def test_an_altered_archive_is_refused_with_both_hashes(home, patches, tmp_path):
    altered = patches / "patch_camelyon" / "camelyonpatch_level_2_split_valid_y.h5.gz"
    expected = hashlib.sha256(altered.read_bytes()).hexdigest()
    altered.write_bytes(altered.read_bytes()[:-1])
    message = refusal("patch_camelyon", tmp_path / "raw", patches)
    received = hashlib.sha256(altered.read_bytes()).hexdigest()
    assert f"Expected {altered.name} with SHA-256 {expected}, received {received}: " in message
    assert list(home.iterdir()) == []


def test_a_scratch_folder_goes_although_a_thread_still_writes_into_it(tmp_path):
    def write(folder):
        with suppress(FileNotFoundError):
            for number in range(3000):
                (folder / str(number)).touch()

    with tfds_builder._temporary_folder(tmp_path) as folder:
        threading.Thread(target=write, args=(Path(folder),)).start()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not (REAL / "cifar-10-binary.tar.gz").exists(), reason=f"no cifar-10-binary.tar.gz in {REAL}")
def test_a_part_of_cifar_is_refused_and_another_source_named(home, tmp_path):
    message = refusal("cifar10", tmp_path / "raw", REAL)
    assert "SHA-256 c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd, received d9729fe9" in message
    assert "set source: archive" in message
    assert list(home.iterdir()) == []


@pytest.mark.parametrize("name", ["cifar10", "mnist", "patch_camelyon"])
def test_no_network_and_no_archive_is_one_line(name, home, tmp_path):
    (tmp_path / "mine").mkdir()
    message = refusal(name, tmp_path / "raw", tmp_path / "mine")
    assert "CNNBENCH_ARCHIVES names, or a network, received none of them (ConnectionError): download by hand" in message
    assert all(Path(url).name in message for url in tfds.builder_cls(name).url_infos)
    assert list(home.iterdir()) == []


def test_no_room_is_one_line(home, patches, tmp_path, monkeypatch):
    monkeypatch.setattr(disk.shutil, "disk_usage", lambda _: SimpleNamespace(free=10))
    assert "GiB free on the disk of" in refusal("patch_camelyon", tmp_path / "raw", patches)
    assert list(home.iterdir()) == []


@pytest.mark.parametrize("damage", ["cut short", "too few", "gone"])
def test_a_prepared_set_that_is_damaged_is_one_line(damage, home, patches, tmp_path):
    download.fetch("patch_camelyon", DATA, tmp_path / "before", patches)
    folder = home / "patch_camelyon" / "2.0.0"
    shard = next(folder.glob("*-train.tfrecord*"))
    if damage == "cut short":
        shard.write_bytes(shard.read_bytes()[:-20])
    elif damage == "gone":
        shard.unlink()
    else:
        info = json.loads((folder / "dataset_info.json").read_text())
        for split in info["splits"]:
            split["shardLengths"] = [str(int(length) + 1) for length in split["shardLengths"]]
        (folder / "dataset_info.json").write_text(json.dumps(info))
    message = refusal("patch_camelyon", tmp_path / "raw", patches)
    assert f"Expected patch_camelyon whole in {folder}, received " in message


def test_nothing_is_printed(home, patches, tmp_path):
    download.fetch("patch_camelyon", DATA, tmp_path / "before", patches)
    code = (
        "import sys; from pathlib import Path; from cnnbench.data import download; from cnnbench.config import Data;"
        "download.fetch('patch_camelyon', Data(source='tfds', examples=None, size=96), Path(sys.argv[1]))"
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TF_")}
    environment["PYTHONPATH"] = str(ROOT / "src")
    ran = subprocess.run(
        [sys.executable, "-c", code, tmp_path / "alone" / "raw"],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    )
    assert (ran.stdout, ran.stderr) == ("", "")
    assert (tmp_path / "alone" / "raw" / IMAGES).read_bytes() == (tmp_path / "before" / IMAGES).read_bytes()


@pytest.mark.skipif(not (REAL / "mnist").is_dir(), reason=f"no {REAL / 'mnist'}")
def test_the_real_mnist_from_its_four_files(home, tmp_path):
    raw = tmp_path / "raw"
    known = download.fetch("mnist", Data(source="tfds", examples=None, size=28), raw, REAL)
    assert (known.examples, sum(known.counts.values())) == (70_000, 70_000)
    found, ids = Counter(), []
    for example in read_examples(raw):
        ids.append(example.id)
        if example.part == "test":
            found[int(example.label), images.decode(example.data, 1).tobytes()] += 1
    assert ids == [f"train/{row:06d}" for row in range(60_000)] + [f"test/{row:06d}" for row in range(10_000)]
    pixels = gzip.decompress((REAL / "mnist/t10k-images-idx3-ubyte.gz").read_bytes())[16:]
    labels = gzip.decompress((REAL / "mnist/t10k-labels-idx1-ubyte.gz").read_bytes())[8:]
    assert found == Counter((label, pixels[784 * row : 784 * (row + 1)]) for row, label in enumerate(labels))
