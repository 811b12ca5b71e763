"""A publisher's zip file as Kaggle serves it, kept whole and read in place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from cnnbench.config import Data
from cnnbench.core import files
from cnnbench.core.errors import UserError
from cnnbench.data.sources import Example, Fetched, kaggle_client, user_archives
from cnnbench.data.sources.archives import Archive


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
        found = user_archives.find(archives, self.archive)
        if found is None and not kaggle_client.has_credentials():
            raise UserError(
                f"Expected {self.archive} in the folder that `archives:` of params.yaml or the environment variable "
                "CNNBENCH_ARCHIVES names, or Kaggle credentials (KAGGLE_API_TOKEN or ~/.kaggle), received neither: "
                f"download it from https://www.kaggle.com/datasets/{self.slug} into that folder."
            )
        with files.aside(raw / self.archive) as part:
            if found is None:
                kaggle_client.download(self.slug, part)
            else:
                user_archives.copy(found, part)
            user_archives.check(part, self.archive, data.source.sha256)
            self._check(part)
        return Fetched(f"Kaggle data set {self.slug}")

    def examples(self, raw: Path) -> Iterator[Example]:
        """Yields the images by id."""
        with Archive(raw / self.archive, self.archive) as archive:
            for name, member in self._parsed(archive.members()):
                yield Example(member.id, archive.read(name), member.label, member.group, member.part)

    def _check(self, path: Path) -> None:
        with Archive(path, self.archive) as archive:
            names = archive.members()
            if not self._parsed(names):
                received = f"{len(names):,} files such as {names[0]!r}" if names else "no file"
                raise UserError(
                    f"Expected files like {self.layout!r} in {self.archive}, received {received}: "
                    f"is this the archive of {self.slug}?"
                )
            archive.verify(names)

    def _parsed(self, names: list[str]) -> list[tuple[str, Member]]:
        found: dict[str, tuple[str, Member]] = {}
        for name in names:
            member = self.parse(name)
            if member is not None:
                found.setdefault(member.id, (name, member))
        return [found[key] for key in sorted(found)]
