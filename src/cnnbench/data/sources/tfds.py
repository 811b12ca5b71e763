"""Data sets of tensorflow-datasets: its downloads, its checksums, its folder.

What it prepares varies in its bytes from process to process (the order of a record's features), so its records are not
kept but their encoded images, in its own order, which hangs on a hash of each example's key alone.
"""

from __future__ import annotations

import io
import logging
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cnnbench.config import Data
from cnnbench.core.errors import UserError
from cnnbench.core.progress import bar
from cnnbench.core.quiet import quiet
from cnnbench.data.sources import Example, Fetched, packed, user_archives

PARTS = {"train": "train", "validation": "val", "test": "test"}  # tensorflow-datasets' word and ours

_FOLDER = "~/tensorflow_datasets"  # its default
_HASH = re.compile(r"checksum='(\w+)', filename='([^']*)'")
_BATCH = 256  # one by one takes three times as long
_SPACE = 4  # the publisher's files, what they unpack to, what is prepared, and something to spare
_TIMEOUT = 20  # seconds to reach a publisher
_PATIENCE = 60  # seconds until threads of a failed build have ended


@dataclass(frozen=True)
class Tfds:
    """A data set of images in classes that tensorflow-datasets knows.

    Attributes:
        name: Its name there.
        hint: What else can be done where the publisher's archive is refused.
    """

    name: str
    hint: str = ""
    synthetic: bool = False

    def fetch(self, raw: Path, data: Data, archives: Path | None) -> Fetched:  # noqa: ARG002
        """Packs the images, from the user's folder of tensorflow-datasets; prepares the set there where it is not.

        Raises:
            UserError: It is not there and can neither be downloaded nor built from the user's archives; or there is no
                room; or what is there is damaged.
        """
        home = os.environ.get("TFDS_DATA_DIR") or str(Path(_FOLDER).expanduser())
        with _quiet():
            import tensorflow as tf
            import tensorflow_datasets as tfds

            with suppress(RuntimeError):  # in use already, so whoever uses it has set it up
                tf.config.set_visible_devices([], "GPU")  # else it takes all of its memory, to read files
            builder = tfds.builder(self.name, data_dir=home)
            try:
                if not builder.is_prepared():
                    self._prepare(builder, Path(home).expanduser(), archives)
                user_archives.room(raw, int(builder.info.dataset_size))
                packed.pack(raw, _examples(builder))
            except (tf.errors.OpError, tfds.core.dataset_info.DatasetInfoFileError, ValueError) as error:
                raise UserError(
                    f"Expected {self.name} whole in {builder.data_dir}, received {_line(error)}: remove that folder "
                    "to have it prepared again."
                ) from None
        return Fetched(f"{builder.info.full_name} of tensorflow-datasets")

    def examples(self, raw: Path) -> Iterator[Example]:
        """Yields the images in the order of tensorflow-datasets."""
        return packed.unpack(raw)

    def _prepare(self, builder: Any, home: Path, archives: Path | None) -> None:
        import requests
        import tensorflow_datasets as tfds

        expected = {info.filename: (url, int(info.size)) for url, info in builder.url_infos.items()}
        found = _by_hand(archives, self.name, set(expected))
        have = {name for name in expected if found and (found / name).is_file()}
        home.mkdir(parents=True, exist_ok=True)
        user_archives.room(home, _SPACE * sum(size for _, size in expected.values()))
        with _scratch(home) as unpacked, _tidy(home, self.name):
            try:
                for name in sorted(set(expected) - have):  # its own ten tries take minutes where there is no network
                    requests.head(expected[name][0], timeout=_TIMEOUT)
                builder.download_and_prepare(
                    download_config=tfds.download.DownloadConfig(
                        manual_dir=found,
                        # of our own: it takes a file that unpacked under the same name before for the same
                        extract_dir=unpacked,
                        try_download_gcs=False,  # the publisher's files have checksums, prepared ones have none
                    )
                )
            except tfds.download.download_manager.NonMatchingChecksumError as error:
                (expected_hash, name), (received_hash, _) = _HASH.findall(str(error))[:2]
                raise UserError(
                    f"Expected {name} with SHA-256 {expected_hash}, received {received_hash}: it is cut short or "
                    f"altered, download it again{self.hint}."
                ) from None
            except requests.RequestException as error:
                missing = ", ".join(sorted(set(expected) - have))
                raise UserError(
                    f"Expected {self.name} prepared in {home}, {missing} in the folder that `archives:` of params.yaml "
                    "or the environment variable CNNBENCH_ARCHIVES names, or a network, received none of them "
                    f"({type(error).__name__}): download by hand from "
                    f"{', '.join(sorted({url.rpartition('/')[0] for url, _ in expected.values()}))}{self.hint}."
                ) from None
            except (tfds.download.DownloadError, OSError, EOFError) as error:
                raise UserError(
                    f"Expected to prepare {self.name} in {home}, received {_line(error)}: try again, or download "
                    f"{', '.join(sorted(expected))} by hand into the folder of `archives:`."
                ) from None


def _by_hand(archives: Path | None, name: str, expected: set[str]) -> Path | None:
    """The user's folder that has most of the publisher's files, the archives folder itself or the data set's in it."""
    if archives is None:
        return None
    folders = (archives, archives / name)
    return max(folders, key=lambda folder: sum((folder / file).is_file() for file in expected))


def _examples(builder: Any) -> Iterator[Example]:
    import tensorflow_datasets as tfds

    info = builder.info
    total = sum(info.splits[split].num_examples for split in PARTS if split in info.splits)
    with bar(f"packing {info.name}", total) as advance:
        for split, part in PARTS.items():
            if split not in info.splits:
                continue
            read = builder.as_dataset(
                split=split,
                shuffle_files=False,
                decoders={"image": tfds.decode.SkipDecoding()},  # the encoded file, as the builder has stored it
                # one shard after the other: the order is then the same however many there are
                read_config=tfds.ReadConfig(interleave_cycle_length=1, try_autocache=False),
            )
            done = 0
            for batch in read.batch(_BATCH).as_numpy_iterator():
                images, labels = batch["image"], batch["label"]
                numbers = [_number(name) for name in batch["id"]] if "id" in batch else range(done, done + len(labels))
                for image, label, number in zip(images, labels, numbers, strict=True):
                    key = f"{part}/{number:06d}"
                    yield Example(key, image, int(label), key, part)
                done += len(labels)
                advance(len(labels))


def _number(name: bytes) -> int:
    """Of an id such as valid_12 or train_00012: the row in the publisher's file."""
    return int(name.decode().rpartition("_")[2])


@contextmanager
def _scratch(home: Path) -> Iterator[str]:
    """A folder that is gone afterwards, even if threads of a build that failed still unpack into it for a while."""
    folder = tempfile.mkdtemp(prefix=".unpacked-", dir=home)
    try:
        yield folder
    finally:
        until = time.monotonic() + _PATIENCE
        while Path(folder).exists() and time.monotonic() < until:
            shutil.rmtree(folder, ignore_errors=True)
            time.sleep(0.05)


@contextmanager
def _tidy(home: Path, name: str) -> Iterator[None]:
    """Removes what a download or a build that fails leaves behind: parts of downloads, and empty folders."""
    cache = home / "downloads" / name
    before = set(cache.glob("*.tmp.*"))
    try:
        yield
    except BaseException:
        for folder in set(cache.glob("*.tmp.*")) - before:
            shutil.rmtree(folder, ignore_errors=True)
        raise
    finally:
        for folder in (cache, home / "downloads" / "extracted", home / "downloads", home / name):
            if folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()


@contextmanager
def _quiet() -> Iterator[None]:
    """Keeps TensorFlow and tensorflow-datasets from talking; bars are shown where stderr is a terminal."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with quiet():
        import tensorflow  # noqa: F401
    import tensorflow_datasets as tfds

    (tfds.enable_progress_bar if sys.stderr.isatty() else tfds.disable_progress_bar)()
    disabled = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with redirect_stdout(io.StringIO()):
            yield
    finally:
        logging.disable(disabled)


def _line(error: BaseException) -> str:
    return f"{type(error).__name__}: " + (str(error).strip().splitlines() or [""])[0][:200]
