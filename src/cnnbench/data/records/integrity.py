"""Are the records those that `records.json` describes? A shard that ends early between two records looks whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from cnnbench.core import files
from cnnbench.core.errors import UserError
from cnnbench.data.records.schema import FILE, Records, Shard


def verify(folder: Path, records: Records, folds: list[int]) -> None:
    """Compares the shards of some folds with their SHA-256.

    Raises:
        UserError: One is missing, damaged or another one.
    """
    for shard, received in find_damaged(folder, [shard for shard in records.shards if shard.fold in folds]):
        raise UserError(
            f"Expected {folder / shard.file} with SHA-256 {shard.sha256}, as {FILE} says, received {received}: "
            f"run `dvc repro -f cache@{records.dataset}`."
        )


def find_damaged(folder: Path, shards: Sequence[Shard]) -> Iterator[tuple[Shard, str]]:
    """Yields each shard whose content is not that of `records.json`, and its SHA-256, or why it cannot be read."""

    def receive(shard: Shard) -> str:
        try:
            return files.sha256(folder / shard.file)
        except OSError as error:
            return str(error.strerror)

    # a shard is read whole anyway, and hashed at 2 GB/s (measured, a thread); hashlib releases the interpreter's lock
    with ThreadPoolExecutor() as pool:
        for shard, received in zip(shards, pool.map(receive, shards), strict=True):
            if received != shard.sha256:
                yield shard, received
