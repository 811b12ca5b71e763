"""The classes of one data set in terms of another's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cnnbench.core.errors import UserError, suggest

LEFT_OUT = -1


def map_classes(
    test: str, theirs: Sequence[str], ours: Sequence[str], named: Mapping[str, str | None]
) -> tuple[int, ...]:
    """The index among the network's classes of each class of the other data set.

    Args:
        test: Its name in params.yaml.
        theirs: The classes of the other data set.
        ours: The classes of the network.
        named: The network's class by the other's, or None to leave its examples out; one not named keeps its name.

    Returns:
        By index of the other's class; `LEFT_OUT` where its examples are left out.

    Raises:
        UserError: One of the two data sets has no classes, a name is no class of its side, a class of the other data
            set is not mapped, or one of the network has no counterpart: its figures would be of another task.
    """
    key = f"tests.{test}.classes"
    if not theirs or not ours:
        raise UserError(
            f"Expected a classification on both sides of tests.{test}, received a regression: its targets have units "
            "and scales of their own, remove the test."
        )
    for old, new in named.items():
        if old not in theirs:
            raise UserError(
                f"Expected classes of the other data set, {', '.join(theirs)}, as keys of {key} in params.yaml, "
                f"received {old!r}{suggest(old, theirs)}."
            )
        if new is not None and new not in ours:
            raise UserError(
                f"Expected classes of the network, {', '.join(ours)}, or null, as values of {key} in params.yaml, "
                f"received {new!r}{suggest(new, ours)}."
            )
    found = []
    for name in theirs:
        target = named.get(name, name)
        if target is not None and target not in ours:
            raise UserError(
                f"Expected a class of the network, {', '.join(ours)}, or null, for each of {', '.join(theirs)} in "
                f"{key} in params.yaml, received none for {name!r}."
            )
        found.append(LEFT_OUT if target is None else ours.index(target))
    if absent := [name for index, name in enumerate(ours) if index not in found]:
        raise UserError(
            f"Expected a class of the other data set, {', '.join(theirs)}, for each of the network's "
            f"{', '.join(ours)}, received none for {absent[0]!r}: map one to it by {key} in params.yaml, or remove the "
            "test, since figures of fewer classes are of another task."
        )
    return tuple(found)
