"""Prepares data sets of tensorflow-datasets, without output, and without leftovers of a failure."""

from __future__ import annotations

import io
import logging
import os
import re
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import Any

from cnnbench.core import files
from cnnbench.core.errors import UserError
from cnnbench.core.quiet import quiet
from cnnbench.data.sources.disk import require_room

_HASH = re.compile(r"checksum='(\w+)', filename='([^']*)'")
_SPACE = 4  # times the size of the publisher's files: these, unpacked, prepared, and a reserve
_TIMEOUT = 20  # seconds to reach a publisher
_PATIENCE = 60  # seconds until threads of a failed build have ended


def prepare(builder: Any, home: Path, archives: Path | None, hint: str) -> None:
    """Builds a data set in the user's folder of tensorflow-datasets, from archives there or from the publisher's.

    Args:
        builder: Of the data set.
        home: The user's folder of tensorflow-datasets.
        archives: The user's folder of archives downloaded by hand; None where there is none.
        hint: Another remedy, for the message where the publisher's archive is refused.

    Raises:
        UserError: It can neither be downloaded nor built from the user's archives, or the disk is full.
    """
    import requests
    import tensorflow_datasets as tfds

    expected = {info.filename: (url, int(info.size)) for url, info in builder.url_infos.items()}
    manual = _choose_manual_folder(archives, builder.name, set(expected))
    have = {name for name in expected if manual and (manual / name).is_file()}
    home.mkdir(parents=True, exist_ok=True)
    require_room(home, _SPACE * sum(size for _, size in expected.values()))
    with _temporary_folder(home) as unpacked, _remove_leftovers(home, builder.name):
        try:
            for name in sorted(
                set(expected) - have
            ):  # the ten tries of tensorflow-datasets take minutes without a network
                requests.head(expected[name][0], timeout=_TIMEOUT)
            builder.download_and_prepare(
                download_config=tfds.download.DownloadConfig(
                    manual_dir=manual,
                    # a new folder: it would reuse an older file that was unpacked under the same name
                    extract_dir=unpacked,
                    try_download_gcs=False,  # the publisher's files have checksums, prepared ones do not
                )
            )
        except tfds.download.download_manager.NonMatchingChecksumError as error:
            (expected_hash, name), (received_hash, _) = _HASH.findall(str(error))[:2]
            raise UserError(
                f"Expected {name} with SHA-256 {expected_hash}, received {received_hash}: it is cut short or "
                f"altered, download it again{hint}."
            ) from None
        except requests.RequestException as error:
            missing = ", ".join(sorted(set(expected) - have))
            raise UserError(
                f"Expected {builder.name} prepared in {home}, {missing} in the folder that `archives:` of params.yaml "
                "or the environment variable CNNBENCH_ARCHIVES names, or a network, received none of them "
                f"({type(error).__name__}): download by hand from "
                f"{', '.join(sorted({url.rpartition('/')[0] for url, _ in expected.values()}))}{hint}."
            ) from None
        except (tfds.download.DownloadError, OSError, EOFError) as error:
            raise UserError(
                f"Expected to prepare {builder.name} in {home}, received {first_line(error)}: try again, or download "
                f"{', '.join(sorted(expected))} by hand into the folder of `archives:`."
            ) from None


def _choose_manual_folder(archives: Path | None, name: str, expected: set[str]) -> Path | None:
    """The folder with most of the publisher's files: the folder of archives, or that of the data set in it."""
    if archives is None:
        return None
    folders = (archives, archives / name)
    return max(folders, key=lambda folder: sum((folder / file).is_file() for file in expected))


@contextmanager
def _temporary_folder(home: Path) -> Iterator[str]:
    """A folder that is removed afterwards, even while threads of a failed build still unpack into it."""
    with files.scratch(home) as folder:
        try:
            yield str(folder)
        finally:
            until = time.monotonic() + _PATIENCE
            while folder.exists() and time.monotonic() < until:
                shutil.rmtree(folder, ignore_errors=True)
                time.sleep(0.05)


@contextmanager
def _remove_leftovers(home: Path, name: str) -> Iterator[None]:
    """Removes the leftovers of a failed download or build: parts of downloads, and empty folders."""
    cache = home / "downloads" / name
    before = set(cache.glob("*.tmp.*"))
    try:
        yield
    # an interrupt leaves parts of downloads too
    except BaseException:
        for folder in set(cache.glob("*.tmp.*")) - before:
            shutil.rmtree(folder, ignore_errors=True)
        raise
    finally:
        for folder in (cache, home / "downloads" / "extracted", home / "downloads", home / name):
            if folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()


@contextmanager
def silence() -> Iterator[None]:
    """Silences TensorFlow and tensorflow-datasets; shows their bars where stderr is a terminal."""
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


def first_line(error: BaseException) -> str:
    """The first line of an error's message, after its type."""
    return f"{type(error).__name__}: " + (str(error).strip().splitlines() or [""])[0][:200]
