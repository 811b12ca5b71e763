"""What a leakage audit found, in words, for the terminal and the report."""

from __future__ import annotations

from collections.abc import Sequence

from cnnbench.config import FOLDS, PARTS
from cnnbench.data.leakage import Audit, Reasons, Spread

_BY_DESIGN: dict[str, str] = {
    "image-level": ", as image-level splits do by design",
    "official": ", as the data came split",
    "given": ", as the split file has them",
}


def verdict(result: Audit) -> str:
    """Whether the split in use leaks, in a sentence."""
    used = result.used
    counted = {"group": used.groups} if used.groups.clusters else {}
    counted["exact copy"] = used.exact
    if used.near is not None and result.near_copies == "join":
        counted["near copy"] = used.near
    if used.leaks:
        leaking = [across(spread, noun) for noun, spread in counted.items() if spread.clusters_across]
        reason = _BY_DESIGN.get(result.protocol, "")
        return f"LEAKS: {_join_words(leaking)} in more than one of {_join_words(PARTS)}{reason}; {_concerned(result)}."
    nouns = _join_words([f"no {noun}" for noun in counted])
    known = "" if used.groups.clusters else "; groups, such as patients, are not known"
    return f"{nouns.capitalize()} stands in more than one of {_join_words(PARTS)}{known}."


def across(spread: Spread, noun: str) -> str:
    """The clusters in more than one part, such as `3 groups (12 examples)`; `noun` is the kind, such as exact copy."""
    many = spread.clusters_across != 1
    if noun == "group":
        noun = "groups" if many else noun
    else:
        noun = f"{'clusters' if many else 'cluster'} of {noun.removesuffix('y')}ies"
    return f"{spread.clusters_across:,} {noun} ({spread.examples_across:,} examples)"


def note(result: Audit) -> str:
    """What `verdict` does not count of near copies, since the rule does not join them; empty where there is nothing."""
    near = result.used.near
    if near is None:
        return "Near copies were not looked for."
    if result.near_copies == "join" or not near.clusters_across:
        return ""
    many = f"{across(near, 'near copy')} in more than one part"
    text = f"Not counted, since near_copies is {result.near_copies}: {many}"
    return f"{text}." if result.used.leaks else f"{text}; {_concerned(result)}."


def _concerned(result: Audit) -> str:
    count, total = result.used.test_concerned, result.used.examples["test"]
    return f"of {total:,} test examples {count:,} {'has' if count == 1 else 'have'} a twin in train or val"


def describe_rare(result: Audit) -> list[str]:
    """A line on each class that has too few groups, or examples that are dealt alone, to be in every fold."""
    noun = "examples" if result.protocol == "image-level" else "groups"
    return [
        f"{rare.name} has {rare.groups} {noun}, fewer than the {FOLDS} folds, and is in folds "
        f"{_join_words([str(fold) for fold in rare.folds])} alone: a run whose `fold` tests others has no figure for it"
        for rare in result.rare
    ]


def describe_reasons(found: Reasons) -> str:
    """The number of examples, of each kind of reason, and one of them: `2 (unreadable 2), such as a/1.png`."""
    kinds = ", ".join(f"{kind} {count:,}" for kind, count in found.reasons.items())
    return f"{len(found.examples):,} ({kinds}), such as {found.examples[0].id}" if kinds else "none"


def summary(result: Audit) -> list[str]:
    """The findings in a few lines, for the terminal."""
    conflicts = result.conflicts
    spreads = {"exact copies": result.used.exact, "near copies": result.used.near, "groups": result.used.groups}
    shared = [
        f"{kind}: {s.examples:,} examples in {s.clusters:,} set{'s' if s.clusters > 1 else ''}"
        for kind, s in spreads.items()
        if s and s.clusters
    ]
    lines = [
        f"dropped {describe_reasons(result.dropped)}" if result.dropped.examples else "",
        f"odd files, kept: {describe_reasons(result.odd)}" if result.odd.examples else "",
        f"labels differ among identical inputs: {conflicts.examples:,} examples" if conflicts.clusters else "",
        ", ".join(shared) or "neither copies nor groups",
        *describe_rare(result),
        verdict(result),
        note(result),
    ]
    return [line for line in lines if line]


def _join_words(words: Sequence[str]) -> str:
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else words[0]
