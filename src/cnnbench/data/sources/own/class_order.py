"""The order of classes: natural, and of two classes the positive one is the last."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise

from cnnbench.core.errors import UserError, suggest
from cnnbench.data.sources.own.class_names import as_number

_POSITIVE = frozenset(
    (
        "malignant", "malignancy", "cancer", "cancerous", "carcinoma", "adenocarcinoma", "melanoma", "lymphoma",
        "glioma", "metastasis", "mel", "bcc", "scc", "pneumonia", "tumor",
        "tumors", "tumour", "tumours", "tumorous", "positive",
        "pos", "abnormal", "diseased", "disease", "sick", "ill", "infected", "infection", "parasitized", "covid",
        "tuberculosis", "tb", "glaucoma", "fracture", "fractured", "defect", "defective", "anomaly", "anomalous",
        "hemorrhage", "haemorrhage", "stroke", "yes", "true",
    )
)  # fmt: skip
_NEGATIVE = frozenset(
    (
        "benign", "normal", "healthy", "health", "negative", "neg", "control", "controls", "uninfected", "clear",
        "clean", "intact", "good", "ok", "false", "cn", "hc", "free",
    )
)  # fmt: skip
_NEGATIONS = ("no", "non", "not", "without", "un", "absent")
_WORD = re.compile(r"[^\W\d_]+")


def sort(names: Iterable[str]) -> list[str]:
    """Names in natural order: 2 before 10."""
    names = list(names)
    if all(as_number(name) is not None for name in names):
        return sorted(names, key=lambda name: (as_number(name), name))
    # text and digits take turns, so equal places compare alike
    return sorted(names, key=lambda name: [_natural(piece) for piece in re.split(r"(\d+)", name)])


def _natural(piece: str) -> tuple[int, str]:
    # isdecimal: int takes no superscripts
    return (int(piece) if piece.isdecimal() else 0, piece)


def order(names: Iterable[str], positive: str | None) -> tuple[tuple[str, ...], str, str]:
    """Orders classes.

    Args:
        names: Their names.
        positive: The one that the user has named, if any.

    Returns:
        The names in order; of two classes the positive one, else an empty text; and how it was chosen, for the user.

    Raises:
        UserError: `positive` is no class, or there are not two.
    """
    classes = sort(names)
    if positive is not None and positive not in classes:
        raise UserError(
            f"Expected one of the classes {', '.join(classes[:20])} as source.positive in params.yaml, "
            f"received {positive!r}{suggest(positive, classes)}."
        )
    if positive is not None and len(classes) != 2:
        raise UserError(
            f"Expected two classes where source.positive is set in params.yaml, received {len(classes):,}: remove it, "
            "or make two of them by source.labels."
        )
    if len(classes) != 2:
        return tuple(classes), "", ""
    chosen, why = (positive, "source.positive") if positive is not None else _guess(classes)
    classes.sort(key=lambda name: name == chosen)
    set_by = "" if positive is not None else "; source.positive in params.yaml sets it"
    return tuple(classes), chosen, f"positive class: {chosen} ({why}{set_by})"


def _guess(classes: list[str]) -> tuple[str, str]:
    signs = [_sign(name) for name in classes]
    if signs[0] == signs[1]:
        for one, other in (classes, classes[::-1]):
            if _letters(other) in {no + _letters(one) for no in _NEGATIONS}:  # "DR" and "NoDR"
                return one, "by the name of the other"
        return classes[1], "the second by name, since neither name tells"
    chosen = classes[signs.index(max(signs))]
    return chosen, "by its name" if max(signs) > 0 else "by the name of the other"


def _letters(name: str) -> str:
    return "".join(_WORD.findall(name.casefold()))


def _sign(name: str) -> int:
    """1 for the name of a finding, -1 for that of none, 0 where it does not tell."""
    lower = name.strip().casefold()
    if lower in ("0", "0.0", "-1", "no", "n"):
        return -1
    words = _WORD.findall(lower)
    # not_normal, unhealthy, "IDC+"
    if (
        lower.endswith("+")
        or any(no in _NEGATIONS and word in _NEGATIVE for no, word in pairwise(words))
        or any(word.startswith("un") and word[2:] in _NEGATIVE for word in words)
    ):
        return 1
    if lower.endswith("-"):
        return -1
    negated = any(
        word in _NEGATIONS or any(word.startswith(no) and word[len(no) :] in _POSITIVE for no in _NEGATIONS)
        for word in words
    )
    if negated or _NEGATIVE & set(words):
        return -1
    return 1 if _POSITIVE & set(words) else 0
