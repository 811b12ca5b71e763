"""`source.labels` of params.yaml: new names of classes, and which of them are taken."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from cnnbench.core.errors import UserError, suggest


class LabelMap:
    """Renames labels, and counts those that are left out.

    Attributes:
        named: The labels that the user has named, as written in the data; empty where all are taken.
    """

    def __init__(self, labels: Mapping[str, str] | None) -> None:
        self.named = labels or {}
        self._left_out: Counter[str] = Counter()
        self._seen: set[str] = set()

    def see(self, label: str) -> None:
        """Takes note of a label of an image that is left out for another reason."""
        self._seen.add(label)

    def rename(self, label: str) -> str | None:
        """The class of a label; None where it is left out."""
        self._seen.add(label)
        if not self.named:
            return label
        if label not in self.named:
            self._left_out[label] += 1
        return self.named.get(label)

    def notes(self) -> list[str]:
        """A line on what was left out, once all labels are seen.

        Raises:
            UserError: A label that the user has named is none.
        """
        if unknown := sorted(set(self.named) - self._seen):
            known = ", ".join(map(repr, sorted(self._seen)[:20])) or "none"
            raise UserError(
                f"Expected labels of the data under source.labels, received {unknown[0]!r}"
                f"{suggest(unknown[0], self._seen)}; the data have {known}: correct source.labels in params.yaml."
            )
        if not self._left_out:
            return []
        counts = ", ".join(f"{label or 'no label'} ({count:,})" for label, count in sorted(self._left_out.items())[:20])
        more = f" and {len(self._left_out) - 20:,} more" if len(self._left_out) > 20 else ""
        return [f"left out: {self._left_out.total():,} images whose label source.labels does not name: {counts}{more}"]
