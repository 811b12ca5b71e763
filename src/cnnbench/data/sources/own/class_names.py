"""Checks the names of classes: what is one class under two names, a measured number, or several labels in one."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable

from cnnbench.core.errors import UserError

NUMBERS = 20
"""Classes that are numbers, at most."""

_BETWEEN = re.compile(r"(?<=\w)[\s_-]+(?=\w)")
_SEPARATORS = (",", "|", ";", "/", "+", "&")
_MEASURED = re.compile(r"([+-]?\d+(?:[.,]\d+)?) ?[A-Za-z%]{0,2}")  # as in "63", "63.5", "63,5" and "063Y"
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?")


def check(labels: Iterable[str], *, named: bool) -> None:
    """Checks the different labels of a data set, after `source.labels` has renamed them.

    Args:
        labels: All of them, once each.
        named: Whether numbers among them are names that a person gave.

    Raises:
        UserError: Two differ in case, spaces or the form of a number alone; they look like measured numbers; or one
            is several of the others.
    """
    names = sorted(labels)
    _refuse_nothing(names)
    _refuse_pairs(names)
    if not named:
        _refuse_numbers(names)
    _refuse_several(names)


def as_number(name: str) -> float | None:
    """The value of a name that is a number."""
    return float(name) if _NUMBER.fullmatch(name.strip()) else None


def _refuse_nothing(names: list[str]) -> None:
    for name in names:
        if name.strip().casefold() in ("", "nan", "<na>", "nat", "#n/a"):
            raise UserError(
                f"Expected a label for each image, received {repr(name) if name.strip() else 'an empty one'}: fill it "
                "in, or name the labels to take under source.labels in params.yaml."
            )


def _refuse_pairs(names: list[str]) -> None:
    seen: dict[str | float, str] = {}
    for name in names:
        number = as_number(name)
        # "dog " and "Dog", "not_sick" and "not sick"
        form = _BETWEEN.sub(" ", unicodedata.normalize("NFKC", name).casefold().strip()) if number is None else number
        other = seen.setdefault(form, name)
        if other != name:
            raise UserError(
                f"Expected names of classes that differ in more than capitals, spaces or the form of a number, "
                f"received {other!r} and {name!r}: if they are one class, name it under source.labels in params.yaml, "
                f"as {{{other!r}: {name.strip()!r}, {name!r}: {name.strip()!r}}} and so on for the others; else "
                "rename one."
            )


def _refuse_numbers(names: list[str]) -> None:
    numbers = {name: float(match[1].replace(",", ".")) for name in names if (match := _MEASURED.fullmatch(name))}
    numbers |= {name: number for name in names if (number := as_number(name)) is not None}
    # beside some that are none, such as "unknown"
    if len(numbers) <= len(names) / 2:
        return
    broken = next((name for name, number in numbers.items() if not number.is_integer()), None)
    if broken is None and len(numbers) <= NUMBERS:
        return
    received = f"{len(numbers):,} different numbers, such as {broken or next(iter(numbers))!r}"
    raise UserError(
        f"Expected classes as labels, received {received}: it looks like a regression, which own images do not "
        "support. If they are classes, name each of them under source.labels in params.yaml, such as {0: stop, ...}."
    )


def _refuse_several(names: list[str]) -> None:
    for separator in _SEPARATORS:
        split = {name: _parts(name, separator) for name in names if separator in name}
        # a part is a label by itself, or stands in several
        known = Counter(part for parts in split.values() for part in set(parts))
        single = set(names) - set(split)
        for name, parts in split.items():
            if len(parts) > 1 and all(part in single or known[part] > 1 for part in parts):
                raise UserError(
                    f"Expected one class per image, received {name!r}, which is {' and '.join(map(repr, parts[:5]))}: "
                    "several labels of one image are not supported; choose one, or leave such images out by "
                    "source.labels in params.yaml."
                )


def _parts(name: str, separator: str) -> list[str]:
    # as pandas writes lists of labels
    return [part.strip(" []()'\"") for part in name.split(separator) if part.strip(" []()'\"")]
