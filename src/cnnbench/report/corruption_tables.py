"""The section on corrupted test images, for the page and report.md."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from cnnbench.core.markdown import escape, table
from cnnbench.metrics import lookup
from cnnbench.report.captions import Caption
from cnnbench.results import formatting
from cnnbench.results.corruption_result import Cell, CorruptionResult
from cnnbench.results.run_result import Picture, RunResult
from cnnbench.runs.corruption_files import CURVES, IMAGES, MEAN, describe

NOTE = (
    "Each test image is corrupted at five strengths, with the parameters of ImageNet-C (Hendrycks and Dietterich, "
    "2019) as shares of the image's side, and predicted by the network as it is: nothing was trained or chosen on such "
    "images. The difference from the clean test images is paired: its interval is from draws of the same test groups. "
    "Of clean: the mean as a share of the figure on clean images."
)


class Robustness(NamedTuple):
    """A run on corrupted images.

    Attributes:
        run: Its result on clean ones.
        result: That on corrupted ones.
    """

    run: RunResult
    result: CorruptionResult

    @property
    def kinds(self) -> list[str]:
        """The corruptions, and then their mean."""
        return list(dict.fromkeys(cell.corruption for cell in self.result.cells))

    @property
    def metrics(self) -> list[str]:
        """The names of the metrics, the headline first."""
        return list(dict.fromkeys(cell.metric for cell in self.result.cells))

    def line(self, kind: str, metric: str) -> list[Cell]:
        """A corruption by rising strength, then its mean."""
        return [cell for cell in self.result.cells if (cell.corruption, cell.metric) == (kind, metric)]

    @property
    def strengths(self) -> list[str]:
        """Those of the table, without the mean."""
        return [cell.strength for cell in self.line(self.kinds[0], self.run.headline) if cell.strength != MEAN]

    @property
    def passed(self) -> str:
        """What to do where the clean figure is not the run's, so that the corrupted ones are of another training."""
        clean = self.line(self.kinds[0], self.run.headline)[0].clean
        now = self.run.metrics[self.run.headline].value
        run = self.run.run
        return "" if math.isclose(clean, now, rel_tol=1e-5) else f"Of another training: run `dvc repro corrupt@{run}`."

    @property
    def curves(self) -> Picture:
        """The headline against the strength."""
        return self.result.picture(CURVES)

    @property
    def images(self) -> Picture:
        """A test image under each corruption."""
        return self.result.picture(IMAGES)

    def caption(self, name: str) -> Caption:
        """The words beside a figure."""
        label = lookup.label(self.run.headline)
        sentence = label[:1].upper() + label[1:]
        if name == CURVES:
            return Caption(
                f"{sentence} on corrupted test images",
                f"{sentence} with its 95 % interval at each strength; dotted: on the clean test images.",
                f"{label} of {self.run.run} against the strength of each corruption",
            )
        return Caption(
            "A test image under each corruption",
            "Clean and at the strengths 1, 3 and 5, at the size that the network sees.",
            f"A test image of {self.run.dataset} under each corruption",
        )


def of_clean(cell: Cell) -> str:
    """A figure on corrupted images as a share of that on clean ones."""
    share = cell.value.value / cell.clean if cell.clean else math.nan
    return f"{100 * share:.1f} %" if math.isfinite(share) else formatting.ABSENT


def gather(runs: Iterable[RunResult], found: Iterable[CorruptionResult]) -> list[Robustness]:
    """The runs that were measured on corrupted images."""
    by_name = {run.run: run for run in runs}
    return [Robustness(by_name[one.run], one) for one in found]


def render_markdown(found: Sequence[Robustness]) -> Iterator[list[str]]:
    """The section of report.md, where there are some: the headline of each run."""
    lines: list[str] = []
    for one in found:
        headline, strengths = one.run.headline, one.strengths
        synthetic = " **SYNTHETIC**" * one.run.synthetic
        label = lookup.label(headline)
        clean = formatting.estimate(one.run.metrics[headline])
        lines += [
            f"**{escape(one.run.run)}**{synthetic}: {label} on clean test images {clean}, "
            f"{one.run.examples['test']:,} test examples.",
            "",
        ]
        header = ["corruption", *(f">strength {strength}" for strength in strengths)]
        header += [">mean", ">mean minus clean", ">of clean"]
        body = []
        for kind in one.kinds:
            *cells, mean = one.line(kind, headline)
            values = [formatting.decimal(cell.value.value) for cell in cells] or [formatting.ABSENT] * len(strengths)
            compared = [formatting.decimal(mean.value.value), formatting.signed(mean.difference), of_clean(mean)]
            body.append([describe(kind), *values, *compared])
        lines += [*([one.passed, ""] if one.passed else []), *table(header, body), ""]
    if lines:
        yield ["## Corrupted test images", "", *lines, NOTE]
