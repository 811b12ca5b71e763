"""The leakage audit: what stands on both sides of a split, under the protocol used and under the publisher's own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from cnnbench.config import PARTS, NearCopies, Protocol

if TYPE_CHECKING:
    import pandas as pd

SHOWN = 5  # ids, of those that a finding is about

_BY_DESIGN: dict[str, str] = {
    "image-level": ", as image-level splits do by design",
    "official": ", as the publisher split them",
    "given": ", as the split file has them",
}


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Spread(_Frozen):
    """Clusters of two and more examples that share something, and those that stand in more than one part.

    Attributes:
        ids: The first few, sorted, of the examples in clusters that stand in more than one part.
    """

    clusters: int
    examples: int
    clusters_across: int
    examples_across: int
    ids: tuple[str, ...]


class Sides(_Frozen):
    """What one split does.

    Attributes:
        examples: Per part.
        exact: Copies with the same pixels or features.
        near: Images that look alike, exact copies included; None where they were not looked for.
        groups: Patients, lesions or slides.
        leaks: Whether exact copies or groups stand in more than one part, or near copies where the rule joins them.
    """

    examples: dict[str, int]
    exact: Spread
    near: Spread | None
    groups: Spread
    leaks: bool


class Conflicts(_Frozen):
    """Identical inputs with different labels: how many clusters and examples, and the ids of the first few clusters."""

    clusters: int
    examples: int
    ids: tuple[tuple[str, ...], ...]


class Reason(_Frozen):
    """Why one example was left out."""

    id: str
    reason: str


class Dropped(_Frozen):
    """What was left out: how many per kind of reason, and every one of them."""

    reasons: dict[str, int]
    examples: tuple[Reason, ...]


class Audit(_Frozen):
    """The content of `<set>.leakage.json`.

    Attributes:
        protocol: Of the split in use.
        near_copies: What became of images that look alike.
        used: The split in use, of a run with fold 0.
        official: The publisher's own split; None where there is none.
        conflicts: Identical inputs with different labels.
        dropped: What was left out.
    """

    protocol: Protocol
    near_copies: NearCopies
    used: Sides
    official: Sides | None
    conflicts: Conflicts
    dropped: Dropped


def audit(split: pd.DataFrame, near_copies: NearCopies) -> Audit:
    """Audits a split.

    Args:
        split: What `split_file.make` returns.
        near_copies: What was to become of images that look alike; across parts they count as a leak where joined.
    """
    kept = split[split["dropped"] == ""]
    left_out = split.loc[split["dropped"] != "", ["id", "dropped"]].sort_values("id")
    return Audit(
        protocol=split["protocol"].iloc[0],
        near_copies=near_copies,
        used=_sides(kept, "split", near_copies),
        official=_sides(kept, "part", near_copies) if (kept["part"] != "").any() else None,
        conflicts=_conflicts(kept),
        dropped=Dropped(
            reasons=dict(sorted(Counter(reason.partition(":")[0] for reason in left_out["dropped"]).items())),
            examples=tuple(Reason(id=name, reason=reason) for name, reason in left_out.itertuples(index=False)),
        ),
    )


def verdict(found: Audit) -> str:
    """Whether the split in use leaks, in a sentence."""
    used = found.used
    counted = {"group": used.groups} if used.groups.clusters else {}
    counted["exact copy"] = used.exact
    if used.near is not None and found.near_copies == "join":
        counted["near copy"] = used.near
    if used.leaks:
        leaking = [across(spread, noun) for noun, spread in counted.items() if spread.clusters_across]
        return f"LEAKS: {_and(leaking)} in more than one of {_and(PARTS)}{_BY_DESIGN.get(found.protocol, '')}."
    nouns = _and([f"no {noun}" for noun in counted])
    known = "" if used.groups.clusters else "; groups, such as patients, are not known"
    return f"{nouns.capitalize()} stands in more than one of {_and(PARTS)}{known}."


def across(spread: Spread, noun: str) -> str:
    """What stands in more than one part, as 3 groups (12 examples).

    Args:
        spread: Of a kind.
        noun: The kind: group, exact copy or near copy.
    """
    many = spread.clusters_across != 1
    if noun == "group":
        noun = "groups" if many else noun
    else:
        noun = f"{'clusters' if many else 'cluster'} of {noun.removesuffix('y')}ies"
    return f"{spread.clusters_across:,} {noun} ({spread.examples_across:,} examples)"


def note(found: Audit) -> str:
    """What `verdict` leaves out: near copies that the rule does not join; empty where there are none."""
    near = found.used.near
    if near is None or found.near_copies == "join" or not near.clusters_across:
        return ""
    return f"Not counted, since near_copies is {found.near_copies}: {across(near, 'near copy')} in more than one part."


def summary(found: Audit) -> list[str]:
    """The findings in a few lines, for the terminal."""
    dropped, conflicts = found.dropped, found.conflicts
    kinds = ", ".join(f"{kind} {count:,}" for kind, count in dropped.reasons.items())
    held = {"exact copies": found.used.exact, "near copies": found.used.near, "groups": found.used.groups}
    shared = [
        f"{kind}: {s.examples:,} examples in {s.clusters:,} set{'s' if s.clusters > 1 else ''}"
        for kind, s in held.items()
        if s and s.clusters
    ]
    lines = [
        f"dropped {len(dropped.examples):,}: {kinds}" if kinds else "",
        f"labels differ among identical inputs: {conflicts.examples:,} examples" if conflicts.clusters else "",
        ", ".join(shared) or "neither copies nor groups",
        verdict(found),
        note(found),
    ]
    return [line for line in lines if line]


def _sides(kept: pd.DataFrame, column: str, near_copies: NearCopies) -> Sides:
    held = kept[kept[column] != ""]
    exact, groups = (_spread(held, key, column) for key in ("sha256", "group"))
    near = _spread(held, "near", column) if near_copies != "ignore" else None
    counted = [exact, groups, *([near] if near is not None and near_copies == "join" else [])]
    return Sides(
        examples={part: int((held[column] == part).sum()) for part in PARTS},
        exact=exact,
        near=near,
        groups=groups,
        leaks=any(spread.clusters_across for spread in counted),
    )


def _spread(held: pd.DataFrame, key: str, column: str) -> Spread:
    shared = held[(held[key] != "") & held[key].duplicated(keep=False)]
    torn = shared[shared.groupby(key)[column].transform("nunique") > 1]
    return Spread(
        clusters=shared[key].nunique(),
        examples=len(shared),
        clusters_across=torn[key].nunique(),
        examples_across=len(torn),
        ids=tuple(sorted(torn["id"])[:SHOWN]),
    )


def _conflicts(kept: pd.DataFrame) -> Conflicts:
    odd = kept[kept.groupby("sha256")["label"].transform("nunique") > 1]
    ids: list[list[str]] = sorted(sorted(names) for _, names in odd.groupby("sha256")["id"])
    return Conflicts(
        clusters=len(ids),
        examples=len(odd),
        ids=tuple(tuple(names[:SHOWN]) for names in ids[:SHOWN]),
    )


def _and(words: Sequence[str]) -> str:
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else words[0]
