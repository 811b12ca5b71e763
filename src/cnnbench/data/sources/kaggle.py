"""A publisher's zip file as Kaggle serves it, read in place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

from cnnbench.config import Data
from cnnbench.core.errors import UserError
from cnnbench.data.sources import Contents, Entry, kaggle_client
from cnnbench.data.sources.archives import find, hash_file
from cnnbench.data.sources.zip_archive import ZipArchive


class Member(NamedTuple):
    """An image of an archive, as its path describes it.

    Attributes:
        id: Its path, without folders that only some versions of the archive have.
        label: Class index.
        group: Patient, lesion or slide; the id where the path does not name one.
        part: Of the publisher's own split; empty where there is none.
    """

    id: str
    label: int
    group: str
    part: str = ""


@dataclass(frozen=True)
class Kaggle:
    """A data set on Kaggle.

    Attributes:
        slug: Owner and name, as in its address.
        parse: Reads a path inside the archive; returns None for a file that is not an example. Some archives hold
            their tree twice: the first path with an id counts.
        layout: An example of a path, for the error message.
    """

    slug: str
    parse: Callable[[str], Member | None]
    layout: str

    @property
    def archive(self) -> str:
        """File name of the archive on Kaggle."""
        return self.slug.split("/")[1] + ".zip"

    @contextmanager
    def open(self, data: Data, archives: Path | None, scratch: Path) -> Iterator[Contents]:
        """Opens the user's archive in place, or downloads it with the user's own credentials; images by id.

        Raises:
            UserError: It cannot be had, is damaged or not safe, or belongs to another data set.
        """
        path = find(archives, self.archive) or self._download(scratch)
        # before it is opened: an altered archive is not parsed at all
        sha256 = hash_file(path, self.archive, data.source.sha256)
        with ZipArchive(path, self.archive) as archive:
            members = self._members(archive)
            yield Contents(
                origin=f"Kaggle data set {self.slug}",
                entries=(Entry(*member, partial(archive.read, name)) for name, member in members),
                total=len(members),
                size=sum(archive.size(name) for name, _ in members),
                archives={self.archive: sha256},
            )

    def _download(self, folder: Path) -> Path:
        if not kaggle_client.has_credentials():
            raise UserError(
                f"Expected {self.archive} in the folder that `archives:` of params.yaml or the environment variable "
                "CNNBENCH_ARCHIVES names, or Kaggle credentials (KAGGLE_API_TOKEN or ~/.kaggle), received neither: "
                f"download it from https://www.kaggle.com/datasets/{self.slug} into that folder."
            )
        kaggle_client.download(self.slug, folder / self.archive)
        return folder / self.archive

    def _members(self, archive: ZipArchive) -> list[tuple[str, Member]]:
        names = archive.members()
        by_id: dict[str, tuple[str, Member]] = {}
        for name in names:
            member = self.parse(name)
            if member is not None:
                by_id.setdefault(member.id, (name, member))
        if not by_id:
            received = f"{len(names):,} files such as {names[0]!r}" if names else "no file"
            raise UserError(
                f"Expected files like {self.layout!r} in {self.archive}, received {received}: "
                f"is this the archive of {self.slug}?"
            )
        members = [by_id[key] for key in sorted(by_id)]
        archive.require_harmless(name for name, _ in members)
        return members
