"""A publisher's zip file as Kaggle serves it, kept whole and read in place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from cnnbench.errors import UserError
from cnnbench.params import Data
from cnnbench.sources import Example, Fetched, archives, downloads


class Member(NamedTuple):
    """What the path of an image inside an archive tells.

    Attributes:
        id: Its path, without folders that only some versions of the archive have.
        label: Class index.
        group: Patient, lesion or slide; the id where the path tells none.
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
        parse: What a path inside the archive tells; None for files that are no examples. Some archives hold their
            tree twice: of paths with one id the first counts.
        layout: Such a path, for the error message that says what was expected.
    """

    slug: str
    parse: Callable[[str], Member | None]
    layout: str
    synthetic: bool = False

    @property
    def archive(self) -> str:
        """File name of the archive, as Kaggle gives it."""
        return self.slug.split("/")[1] + ".zip"

    def fetch(self, raw: Path, data: Data, archives: Path | None) -> Fetched:
        """Copies the user's archive, or downloads it with the user's own credentials.

        Raises:
            UserError: It cannot be had, is damaged or not safe, or is the archive of another data set.
        """
        with downloads.kaggle(self.slug, self.archive, raw, archives, data.source.sha256) as archive:
            self._check(archive)
        return Fetched(f"Kaggle data set {self.slug}")

    def examples(self, raw: Path) -> Iterator[Example]:
        """Yields the images by path."""
        with archives.open_archive(raw / self.archive) as archive:
            for name, member in self._members(raw / self.archive):
                yield Example(member.id, archives.read(archive, name), member.label, member.group, member.part)

    def _check(self, path: Path) -> None:
        if not self._members(path):
            found = archives.members(path)
            received = f"{len(found):,} files such as {found[0]!r}" if found else "no file"
            raise UserError(
                f"Expected files like {self.layout!r} in {path.name}, received {received}: "
                f"is this the archive of {self.slug}?"
            )
        archives.verify(path)

    def _members(self, path: Path) -> list[tuple[str, Member]]:
        found: dict[str, tuple[str, Member]] = {}
        for name in archives.members(path):
            member = self.parse(name)
            if member is not None:
                found.setdefault(member.id, (name, member))
        return [found[key] for key in sorted(found)]
