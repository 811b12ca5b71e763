"""Writes the evaluation of one run: its predictions, metrics, tables and figures."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cnnbench.core.printable import printable
from cnnbench.data.records.reader import Part
from cnnbench.evaluation import classifier, examples, explain, figures, mistakes, run_tables
from cnnbench.metrics import caveats, lookup
from cnnbench.metrics.intervals.bootstrap import Estimate
from cnnbench.metrics.predictions import Predictions

if TYPE_CHECKING:
    from cnnbench.evaluation.scoring import ScoredPart
    from cnnbench.evaluation.split_facts import Facts
    from cnnbench.runs.record import TrainingRecord


def evaluate(
    out: Path,
    record: TrainingRecord,
    unit: str,
    network: Any,
    test: ScoredPart,
    val: ScoredPart,
    history: pd.DataFrame,
    facts: Facts | None = None,
) -> tuple[dict[str, Estimate], dict[str, float]]:
    """Fills `reports/runs/<run>/`, except its run.json.

    Args:
        out: The folder.
        record: Of the training.
        unit: Of a regression's targets; empty where they have none.
        network: The Keras model.
        test: The predicted test examples.
        val: The predicted validation examples, for a classifier's temperature and threshold.
        history: A row per epoch.
        facts: What the split knows of the test examples; None where there is no split.

    Returns:
        The metrics by name, and the parameters chosen on validation data.
    """
    if facts:
        test = test._replace(part=test.part._replace(groups=facts.groups))
    (part, scores), chosen = test, dict[str, float]()
    if record.is_classification:
        metrics, chosen = classifier.evaluate(out, record, test, val, facts)
        kept = mistakes.choose(part, scores)
        run_tables.write_csv(mistakes.table(part, scores, record.classes, kept), out / "mistakes.csv")
        if part.inputs.ndim == 4:
            mistakes.write_sheet(out / "mistakes.webp", part.inputs, kept)
            examples.draw(out, record.classes, network, part, scores)
    else:
        metrics = _regression(out, unit, part, scores[:, 0], facts)
    run_tables.write_csv(explain.layers(network), out / "layers.csv")
    run_tables.write_csv(history, out / "history.csv")
    figures.save(figures.learning_curves(history), out / "learning_curves.svg")
    return metrics, chosen


def describe(record: TrainingRecord, metrics: dict[str, Estimate]) -> str:
    """Describes the headline metric with its interval, and what one should know beside it, a line each."""
    tested = record.examples["test"]
    lines = [f"{record.run}: {caveats.describe_headline(metrics, tested)}"]
    if twins := caveats.describe_twins(metrics, tested):
        lines.append(f"{twins}; {caveats.describe_clean(metrics, tested)}. {caveats.TWIN}")
    lines.append(caveats.describe_absent(record.counts.get("test", {})))
    return "\n".join(printable(line) for line in lines if line)


def summarise(name: str, metrics: Mapping[str, Estimate], tested: int) -> dict[str, dict[str, float | str]]:
    """The content of `dvc metrics` for a run or a test: the headline metric in six decimals, and its interval.

    Each leaf is a column of `dvc exp show`, which has one for every setting, too: so the interval is one text.
    """
    headline = lookup.headline_of(metrics)
    value, low, high = metrics[headline]
    return {name: {headline: round(value, 6), "interval": f"{low:.3f} to {high:.3f}, n = {tested}"}}


def _regression(
    out: Path, unit: str, part: Part, predicted: NDArray[np.float64], facts: Facts | None
) -> dict[str, Estimate]:
    run_tables.write_predictions(out, part, {"prediction": predicted}, facts)
    targets = part.labels.astype(np.float64)
    figures.save(figures.true_vs_predicted(targets, predicted, unit), out / "true_vs_predicted.svg")
    figures.save(figures.residuals(targets, predicted, unit), out / "residuals.svg")
    return run_tables.write_metrics(out, Predictions(targets, predicted, part.groups), (), facts)
