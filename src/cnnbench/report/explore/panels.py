"""The numbers of a run that a reader may turn: its threshold, its net benefit, how many cases it may leave out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from cnnbench.metrics import calibration, decision, selective
from cnnbench.report.explore.side_by_side import score_matrix

if TYPE_CHECKING:
    from cnnbench.results.run_result import RunResult

RISKS = np.arange(1, 100) / 100  # thresholds of the decision curve
COVERAGES = np.arange(1, 101) / 100


def threshold(result: RunResult) -> dict[str, Any] | None:
    """Of two classes: counts at every threshold, and net benefit; None where there is none of it.

    Returns:
        `positives` and `negatives` of the test part; `chosen`, the threshold of validation data; `thresholds` (the
        first, None, is above every score), and at each `true_positives`, `false_positives`, and the ends of the
        intervals of `sensitivity` and `specificity`; and at each of `risks` the net benefit of the `calibrated` scores,
        of the scores as they come (`raw`), and of treating all (`treat_all`).
    """
    frame, scores = result.predictions, score_matrix(result.predictions, len(result.classes))
    labels = frame["label"].to_numpy()
    if len(result.classes) != 2 or not np.isfinite(scores).all() or len(np.unique(labels)) < 2:
        return None
    kept = [0.5] if result.threshold is None else [0.5, result.threshold]
    found = decision.cuts(labels, scores[:, 1], kept)
    sensitivity, specificity = decision.rates(labels, scores[:, 1], frame["group"].to_numpy(), found.thresholds)
    calibrated = calibration.calibrate(scores, result.temperature or 1.0)[:, 1]
    return {
        "positive": result.positive,
        "positives": int((labels == 1).sum()),
        "negatives": int((labels == 0).sum()),
        "chosen": result.threshold,
        "thresholds": [None, *found.thresholds[1:].tolist()],
        "true_positives": found.true_positives.tolist(),
        "false_positives": found.false_positives.tolist(),
        "sensitivity": [_rounded((one.low, one.high)) for one in sensitivity],
        "specificity": [_rounded((one.low, one.high)) for one in specificity],
        "risks": RISKS.tolist(),
        "calibrated": _rounded(decision.net_benefit(labels, calibrated, RISKS)),
        "raw": _rounded(decision.net_benefit(labels, scores[:, 1], RISKS)),
        "treat_all": _rounded(decision.treat_all(float((labels == 1).mean()), RISKS)),
    }


def coverage(result: RunResult) -> dict[str, Any] | None:
    """The share of wrong answers among the surest 1 %, 2 % ... of the test examples; None of a regression.

    Returns:
        `coverages`, `risks` at each, `area` under the curve, and `errors`, the number over all examples.
    """
    frame, scores = result.predictions, score_matrix(result.predictions, len(result.classes))
    if not result.is_classification or not np.isfinite(scores).all():
        return None
    correct = scores.argmax(axis=1) == frame["label"].to_numpy()
    _, risk = selective.risk_coverage(correct, scores.max(axis=1))
    return {
        "coverages": COVERAGES.tolist(),
        "risks": _rounded(selective.at_coverages(risk, COVERAGES)),
        "area": selective.area(risk),
        "errors": int((~correct).sum()),
    }


def _rounded(values: Any) -> list[float]:
    """Six decimals, of which a page shows three."""
    return [float(value) for value in np.round(values, 6)]
