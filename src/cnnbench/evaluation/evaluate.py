"""Everything that is written about one run: its predictions, metrics, tables and figures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cnnbench.core import files
from cnnbench.data.records.reader import Part
from cnnbench.evaluation import classifier, examples, explain, figures, run_tables
from cnnbench.evaluation.classifier import Watched
from cnnbench.metrics import regression
from cnnbench.metrics.intervals.bootstrap import Estimate


def evaluate(
    out: Path,
    about: dict[str, Any],
    network: Any,
    part: Part,
    scores: NDArray[np.float64],
    history: pd.DataFrame,
    watched: Watched | None = None,
) -> dict[str, Estimate]:
    """Fills `reports/runs/<run>/`.

    Args:
        out: The folder.
        about: The content of `run.json`.
        network: The Keras model.
        part: The test examples.
        scores: The model's answers to them, shape (n, classes), or (n, 1) for a regression.
        history: The training's, a row an epoch.
        watched: Labels and scores of the validation examples, which choose a classifier's temperature and operating
            point; None for a regression.

    Returns:
        The metrics, by name.
    """
    if watched is not None:
        metrics, chosen = classifier.evaluate(out, about, part, scores, watched)
        about = about | chosen
        run_tables.csv(examples.mistakes(part, scores, about["classes"]), out / "mistakes.csv")
        if part.inputs.ndim == 4:
            examples.draw(out, about["classes"], network, part, scores)
    else:
        metrics = _regression(out, about["unit"], part, scores[:, 0])
    run_tables.csv(explain.layers(network), out / "layers.csv")
    run_tables.csv(history, out / "history.csv")
    figures.save(figures.learning_curves(history), out / "learning_curves")
    files.write_json(out / "metrics.json", {name: estimate._asdict() for name, estimate in metrics.items()})
    files.write_json(out / "run.json", about)
    return metrics


def headline(metrics: dict[str, Estimate]) -> str:
    """The first metric in words, with its interval."""
    name, estimate = next(iter(metrics.items()))
    return f"{name} {estimate.value:.3f} (95 % interval {estimate.low:.3f} to {estimate.high:.3f})"


def summarise(metrics: dict[str, Estimate], tested: int, epochs: int) -> dict[str, float]:
    """The headline metric, which is the first, with its interval, in six decimals: what `dvc metrics` shows of a run.

    Args:
        metrics: By name.
        tested: How many test examples there are.
        epochs: How many were trained.
    """
    name, estimate = next(iter(metrics.items()))
    value, low, high = (round(number, 6) for number in estimate)
    return {name: value, "low": low, "high": high, "n": tested, "epochs": epochs}


def _regression(out: Path, unit: str, part: Part, predicted: NDArray[np.float64]) -> dict[str, Estimate]:
    run_tables.predictions(out, part, {"prediction": predicted})
    targets = part.labels.astype(np.float64)
    figures.save(figures.true_vs_predicted(targets, predicted, unit), out / "true_vs_predicted")
    figures.save(figures.residuals(targets, predicted, unit), out / "residuals")
    return regression.metrics(targets, predicted, part.groups)
