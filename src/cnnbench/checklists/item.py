"""An item of a checklist, and a checklist."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cnnbench.checklists.facts import Facts

Answer = Callable[[Facts], Sequence[str]]
"""What is recorded, in sentences; none where nothing is."""
Question = Callable[[Facts], str]
"""What the record leaves open; empty where it says all."""


@dataclass(frozen=True)
class Item:
    """An item, in our own words: the texts of the checklists are their publishers'.

    Attributes:
        number: In the checklist.
        topic: What it asks for.
        question: What only the author knows; empty where the record may say all, or made from it.
        answers: What the record may say.
    """

    number: str
    topic: str
    question: str | Question
    answers: tuple[Answer, ...] = ()


@dataclass(frozen=True)
class Checklist:
    """A checklist.

    Attributes:
        title: Its name.
        source: Its publication.
        sections: The items by section, in order.
    """

    title: str
    source: str
    sections: dict[str, tuple[Item, ...]]

    @property
    def items(self) -> tuple[Item, ...]:
        """All items, in order."""
        return tuple(item for items in self.sections.values() for item in items)
