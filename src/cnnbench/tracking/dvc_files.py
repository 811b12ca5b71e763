"""Hashes of the files behind a row of the leaderboard: in the workspace or else in DVC's cache."""

from __future__ import annotations

import hashlib
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from cnnbench.core.errors import UserError
from cnnbench.inference import trained_run
from cnnbench.tracking.lineage import Model, records_path


class DvcFiles:
    """Files of the repository whose root is the working directory.

    A context manager: DVC keeps databases of its cache open.
    """

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if "_cache" in self.__dict__:  # DVC was asked
            self._cache.close()

    def model(self, run: str) -> Model:
        """The model of a run.

        Raises:
            UserError: It is in neither place.
        """
        path = trained_run.model_path(run, Path())
        hashes = self._hashes(path)
        if not hashes:
            raise UserError(
                f"Expected the model of {run} in models/ or in DVC's cache, received none; run `dvc repro`."
            )
        return Model(path, *hashes)

    def data_sha256(self, dataset: str) -> str:
        """SHA-256 of the `records.json` of a data set; empty where it is in neither place."""
        hashes = self._hashes(records_path(dataset))
        return hashes[0] if hashes else ""

    @cached_property
    def _cache(self) -> Any:
        from dvc.api import DVCFileSystem  # slow, and not needed where all files are in the workspace

        return DVCFileSystem()

    def _hashes(self, path: Path) -> tuple[str, str] | None:
        """SHA-256 and MD5 of a file's bytes, in hex; None where it is in neither place."""
        from dvc.exceptions import DvcException

        sha256, md5 = hashlib.sha256(), hashlib.md5(usedforsecurity=False)  # MD5 is how DVC names files
        try:
            with path.open("rb") if path.exists() else self._cache.open(path.as_posix(), "rb") as file:
                # One reading for both hashes; a model need not fit into memory.
                while chunk := file.read(2**20):
                    sha256.update(chunk)
                    md5.update(chunk)
        except (OSError, DvcException):
            return None
        return sha256.hexdigest(), md5.hexdigest()
