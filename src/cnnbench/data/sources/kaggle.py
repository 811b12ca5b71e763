"""A publisher's zip file as Kaggle serves it, read in place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from cnnbench.config import Data
from cnnbench.core import files
from cnnbench.core.errors import UserError
from cnnbench.core.printable import printable
from cnnbench.data.sources import Contents, Entry, kaggle_client
from cnnbench.data.sources.archives import find, hash_file, list_zips
from cnnbench.data.sources.content import EXTENSIONS
from cnnbench.data.sources.extracted import ExtractedFolder
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
        layout: An example of a path, for messages.
        classes: Names of the classes.
    """

    slug: str
    parse: Callable[[str], Member | None]
    layout: str
    classes: tuple[str, ...]

    @property
    def archive(self) -> str:
        """File name of the archive on Kaggle."""
        return self.slug.split("/")[1] + ".zip"

    @contextmanager
    def open(self, data: Data, archives: Path | None, scratch: Path) -> Iterator[Contents]:
        """Opens the user's archive in place, or downloads it with the user's own credentials; images by id.

        The archive may have another name, or be extracted: it is then known by the paths in it. A download goes into
        the user's folder of archives, where there is one, so that the next data set of this source finds it.

        Raises:
            UserError: It cannot be had, is damaged or not safe, belongs to another data set, or lacks a class.
        """
        path = find(archives, self.archive) or self._find_renamed(archives)
        folder = self._find_extracted(archives) if path is None and data.source.sha256 is None else None
        opened: ZipArchive | ExtractedFolder
        if folder is not None:
            opened, hashes = folder, {}
        else:
            path = path or self._download(scratch, archives, data.source.sha256)
            # before it is opened: an altered archive is not parsed at all
            hashes = {self.archive: hash_file(path, self.archive, data.source.sha256)}
            opened = ZipArchive(path, self.archive)
        with opened as archive:
            members, notes = self._members(archive)
            yield Contents(
                origin=f"Kaggle data set {self.slug}",
                entries=(Entry(*member, partial(archive.read, name)) for name, member in members),
                total=len(members),
                size=sum(archive.size(name) for name, _ in members),
                archives=hashes,
                complete=True,
                notes=tuple(notes),
            )

    def _count(self, names: Iterable[str]) -> int:
        return sum(self._parse(name) is not None for name in names)

    def _parse(self, name: str) -> Member | None:
        """As `parse`; the extension may be in capitals."""
        path = PurePosixPath(name)
        return self.parse(name) or self.parse(str(path.with_suffix(path.suffix.lower())))

    def _find_renamed(self, archives: Path | None) -> Path | None:
        """The archive under another name, as browsers give it: the one with most of the examples."""
        best, most = None, 0
        for path in list_zips(archives):
            with suppress(UserError), ZipArchive(path) as archive:  # of another data set it may be anything
                count = self._count(archive.members())
                if count > most:
                    best, most = path, count
        if best is not None:
            # not a note: those are the same on every machine
            print(printable(f"{self.archive} is read from {best}, which has {most:,} of its paths"))
        return best

    def _find_extracted(self, archives: Path | None) -> ExtractedFolder | None:
        """The folder into which the archive was extracted: the one with most of the examples."""
        if archives is None:
            return None
        below: Counter[str] = Counter()
        for name in ExtractedFolder(archives).members():
            if member := self._parse(name):
                below[name[: len(name) - len(member.id)]] += 1
        if not below:
            return None
        place = max(sorted(below), key=below.__getitem__)
        print(printable(f"{self.archive} is read extracted from {archives / place}, which has {below[place]:,} files"))
        return ExtractedFolder(archives / place)

    def _download(self, scratch: Path, archives: Path | None, expected: str | None) -> Path:
        if not kaggle_client.has_credentials():
            names = ExtractedFolder(archives).members() if archives else []
            images = [name for name in names if PurePosixPath(name).suffix.lower() in EXTENSIONS]
            others = f" but {len(images):,} images, such as {images[0]!r}, none like {self.layout!r}" if images else ""
            raise UserError(
                f"Expected {self.archive} in the folder that `archives:` of params.yaml or the environment variable "
                "CNNBENCH_ARCHIVES names, or Kaggle credentials (KAGGLE_API_TOKEN or ~/.kaggle), received "
                f"neither{others}: download it from https://www.kaggle.com/datasets/{self.slug} into that folder."
            )
        folder, line = _choose_folder(scratch, archives)
        print(printable(f"downloading {self.archive} {line}"), flush=True)
        path = folder / self.archive
        with files.aside(path) as part:
            kaggle_client.download(self.slug, part)
            # what is no archive is not kept, or the next try would find it
            if expected is not None:
                hash_file(part, self.archive, expected)
            with ZipArchive(part, self.archive):
                pass
        return path

    def _members(self, archive: ZipArchive | ExtractedFolder) -> tuple[list[tuple[str, Member]], list[str]]:
        names = archive.members()
        by_id: dict[str, tuple[str, Member]] = {}
        others: list[str] = []
        for name in names:
            member = self._parse(name)
            if member is not None:
                by_id.setdefault(member.id, (name, member))
            else:
                others.append(name)
        if not by_id:
            received = f"{len(names):,} files such as {names[0]!r}" if names else "no file"
            raise UserError(
                f"Expected files like {self.layout!r} in {self.archive}, received {received}: "
                f"is this the archive of {self.slug}?"
            )
        members = [by_id[key] for key in sorted(by_id)]
        notes = self._describe_others(others, {member.label for _, member in members})
        archive.require_harmless(name for name, _ in members)
        return members, notes

    def _describe_others(self, others: list[str], labels: set[int]) -> list[str]:
        """Lines on files that are no examples by their paths: images of another extension, folder or class."""
        images = [name for name in others if PurePosixPath(name).suffix.lower() in EXTENSIONS]
        missing = [name for index, name in enumerate(self.classes) if index not in labels]
        if missing and images:
            raise UserError(
                f"Expected images of every class, like {self.layout!r}, in {self.archive}, received none of "
                f"{missing[0]!r} and {len(images):,} in other places, such as {images[0]!r}: give folders and files "
                "the publisher's names again."
            )
        notes = [f"no images of the class {name!r}" for name in missing]
        for kind, names in (("images", images), ("other files", sorted({*others} - {*images}))):
            if names:
                notes.append(
                    f"left out: {len(names):,} {kind} of the archive that are no examples by their path, such as "
                    f"{names[0]!r}, where {self.layout!r} is one"
                )
        return notes


def _choose_folder(scratch: Path, archives: Path | None) -> tuple[Path, str]:
    """Where a download goes, and that in words: into the user's folder, where there is one that can be written."""
    if archives is None:
        return scratch, "and not keeping it: in a folder named by `archives:` of params.yaml it stays for the next time"
    try:
        files.check_folder(archives)
    except OSError as error:
        return scratch, f"and not keeping it, for {archives} cannot be written: {error.strerror or error}"
    return archives, f"into {archives}, where it stays"
