"""The findings of `cnnbench check`: thresholds, leaks and regressions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnbench.data import leakage
from cnnbench.results import gate

if TYPE_CHECKING:  # what changed takes pandas, which thresholds and leaks do without
    from cnnbench.data.leakage import Audit
    from cnnbench.results.gate import Verdict
    from cnnbench.results.regressions import Since


@dataclass(frozen=True)
class Findings:
    """The findings of one call of `cnnbench check`.

    Attributes:
        verdicts: On each threshold.
        audits: Of each data set's split.
        since: The changes since an earlier state; None where none was named.
        strict: Whether near copies across parts fail, which a rule does not count as a leak.
    """

    verdicts: list[Verdict]
    audits: Mapping[str, Audit]
    since: Since | None
    strict: bool = False

    @property
    def ok(self) -> bool:
        """Whether every threshold is met, no split leaks and no run got worse."""
        worse = self.since is not None and any(change.regressed for change in self.since.changes)
        return all(verdict.ok for verdict in self.verdicts) and not any(map(self.fails, self.audits)) and not worse

    def fails(self, dataset: str) -> bool:
        """Whether the split of a data set is one to mend."""
        state = leakage.state(self.audits[dataset])
        return state == leakage.LEAKS or (self.strict and state == leakage.NEAR)

    @property
    def summary(self) -> str:
        """How many thresholds are met, splits leak and runs got worse, in words."""
        parts = [gate.summarize(self.verdicts), gate.summarize_leaks(self.audits)]
        return ", ".join([*parts, *([self.since.summary] if self.since else [])])
