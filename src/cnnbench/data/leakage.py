"""The leakage audit: groups and copies in more than one part, of the split in use and of the publisher's own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, Literal

from cnnbench.config import FIXED, FOLDS, PARTS, NearCopies, Protocol
from cnnbench.core.stored_model import StoredModel
from cnnbench.data import twins

if TYPE_CHECKING:
    # only the types: the report reads audits and need not load pandas for it
    import pandas as pd

LEAKS: Final = "leaks"
NEAR: Final = "near copies"
CLEAN: Final = "no leak"
LISTED_IDS = 5  # at most, of the examples that a finding concerns


class Spread(StoredModel):
    """Clusters of two and more examples that share something; `across` counts those in more than one part.

    Attributes:
        test_across: Test examples whose cluster is in train or val, too.
        ids: The first few, sorted, of the examples in clusters in more than one part.
    """

    clusters: int
    examples: int
    clusters_across: int
    examples_across: int
    test_across: int
    ids: tuple[str, ...]


class Overlap(StoredModel):
    """Copies and groups in the parts of one split.

    Attributes:
        examples: Per part.
        exact: Copies with the same pixels or features.
        near: Images that look alike, exact copies included; None where they are ignored.
        groups: Patients, lesions or slides.
        test_concerned: Test examples that share any of these with one of train or val, counted as a leak or not.
        leaks: Whether exact copies or groups are in more than one part, or near copies where the rule joins them.
    """

    examples: dict[str, int]
    exact: Spread
    near: Spread | None
    groups: Spread
    test_concerned: int
    leaks: bool


class Pair(StoredModel):
    """A test example and the nearest copy of it in train or val.

    Attributes:
        test, seen: Their ids.
        part: Of the second.
        labels: Names of their classes.
        bits: In which their perceptual hashes differ, of 256; None where they are exact copies.
        pictures: JPEG in base64, of both; none in reports/leakage.json.
    """

    test: str
    seen: str
    part: str
    labels: tuple[str, str]
    bits: int | None
    pictures: tuple[str, ...]


class RareClass(StoredModel):
    """A class with fewer groups (examples, image-level) than there are folds: folds other than these have none."""

    name: str
    groups: int
    folds: tuple[int, ...]


class Conflicts(StoredModel):
    """Identical inputs with different labels: numbers of clusters and examples, and the ids of the first few."""

    clusters: int
    examples: int
    ids: tuple[tuple[str, ...], ...]


class Reason(StoredModel):
    """An example that is dropped or odd, and the reason."""

    id: str
    reason: str


class Reasons(StoredModel):
    """Examples with a reason: their number per kind of reason, which stands before a colon, and all of them."""

    reasons: dict[str, int]
    examples: tuple[Reason, ...]


class Audit(StoredModel):
    """The content of `<set>.leakage.json`.

    Attributes:
        protocol, near_copies: Of the split in use.
        used: The split in use, of a run with fold 0.
        official: The publisher's own split; None where there is none.
        dropped: Examples that cannot be used.
        odd: Those that can, though something is odd about their files, such as damage within.
        rare: Classes that a run with another fold may lack in test or val; none where the parts do not turn.
        pairs: The nearest copies across the parts in use: a few exact ones, then a few near ones.
    """

    protocol: Protocol
    near_copies: NearCopies
    used: Overlap
    official: Overlap | None
    conflicts: Conflicts
    dropped: Reasons
    odd: Reasons
    rare: tuple[RareClass, ...]
    pairs: tuple[Pair, ...]


def audit(
    split: pd.DataFrame, near_copies: NearCopies, classes: Sequence[str] = (), pairs: Sequence[Pair] = ()
) -> Audit:
    """Audits a split that `split_file.make` has made with this rule for near copies.

    Args:
        split: A row per example.
        near_copies: The rule.
        classes: Their names; none for a regression.
        pairs: Of the same split.
    """
    kept = split[split["dropped"] == ""]
    return Audit(
        protocol=split["protocol"].iloc[0],
        near_copies=near_copies,
        used=_find_overlap(kept, "split", near_copies),
        official=_find_overlap(kept, "part", near_copies) if (kept["part"] != "").any() else None,
        conflicts=_find_conflicts(kept),
        dropped=_find_reasons(split, "dropped"),
        odd=_find_reasons(kept, "warning"),
        rare=_find_rare(kept, classes),
        pairs=tuple(pairs),
    )


def state(result: Audit) -> Literal["leaks", "near copies", "no leak"]:
    """Whether the split in use leaks, has near copies across parts that do not count as a leak, or neither."""
    near = result.used.near
    return LEAKS if result.used.leaks else NEAR if near is not None and near.clusters_across else CLEAN


def _find_overlap(kept: pd.DataFrame, column: str, near_copies: NearCopies) -> Overlap:
    # a publisher's own split may leave examples out
    examples = kept[kept[column] != ""]
    exact, groups = (_count_spread(examples, key, column) for key in ("sha256", "group"))
    near = _count_spread(examples, "near", column) if near_copies != "ignore" else None
    keys = [key for key in twins.KEYS if key != "near" or near is not None]
    counted = [exact, groups, *([near] if near is not None and near_copies == "join" else [])]
    return Overlap(
        examples={part: int((examples[column] == part).sum()) for part in PARTS},
        exact=exact,
        near=near,
        groups=groups,
        test_concerned=int(twins.has_twin(examples, examples[column], keys).sum()),
        leaks=any(spread.clusters_across for spread in counted),
    )


def _count_spread(examples: pd.DataFrame, key: str, column: str) -> Spread:
    # an empty key is unknown, so it is shared with nobody
    shared = examples[(examples[key] != "") & examples[key].duplicated(keep=False)]
    torn = shared[shared.groupby(key)[column].transform("nunique") > 1]
    return Spread(
        clusters=shared[key].nunique(),
        examples=len(shared),
        clusters_across=torn[key].nunique(),
        examples_across=len(torn),
        test_across=int(twins.has_twin(examples, examples[column], [key]).sum()),
        ids=tuple(sorted(torn["id"])[:LISTED_IDS]),
    )


def _find_reasons(examples: pd.DataFrame, column: str) -> Reasons:
    found = examples.loc[examples[column] != "", ["id", column]].sort_values("id")
    return Reasons(
        reasons=dict(sorted(Counter(reason.partition(":")[0] for reason in found[column]).items())),
        examples=tuple(Reason(id=name, reason=reason) for name, reason in found.itertuples(index=False)),
    )


def _find_rare(kept: pd.DataFrame, classes: Sequence[str]) -> tuple[RareClass, ...]:
    if kept["protocol"].isin(FIXED).any():
        return ()
    held = {name: kept[kept["label"] == index] for index, name in enumerate(classes)}
    return tuple(
        RareClass(name=name, groups=count, folds=tuple(sorted({int(fold) for fold in rows["fold"]})))
        for name, rows in held.items()
        if 0 < (count := rows["unit"].nunique()) < FOLDS
    )


def _find_conflicts(kept: pd.DataFrame) -> Conflicts:
    odd = kept[kept.groupby("sha256")["label"].transform("nunique") > 1]
    # sorted, so that the file does not depend on the order of the examples
    ids: list[list[str]] = sorted(sorted(names) for _, names in odd.groupby("sha256")["id"])
    return Conflicts(
        clusters=len(ids),
        examples=len(odd),
        ids=tuple(tuple(names[:LISTED_IDS]) for names in ids[:LISTED_IDS]),
    )
