"""THE table: a row per metric.

Names, order, labels, units and the better direction come from here: in files, thresholds, comparisons, the report,
MLflow and docs/leaderboard.md (`make docs`). To add a metric, add its statistic and its row.
The order of the rows is the order everywhere; the first row of a task is its headline.

Definitions are scikit-learn's where it has one. "Macro" is the plain mean over the classes that occur.
"""

from __future__ import annotations

import math

import numpy as np

from cnnbench.metrics import closed_forms, confusion, ranking
from cnnbench.metrics.means import median, r2
from cnnbench.metrics.metric import Metric, Task

# A row is to be read as one: a field a line would hide the table.
# fmt: off
METRICS: tuple[Metric, ...] = (
    Metric(name="accuracy", label="accuracy", task=Task.CLASSIFICATION,
        doc="share of correct predictions; the predicted class is that of the highest score, the first of equals",
        statistic=lambda drawn: drawn.mean(drawn.predictions.correct), estimate=closed_forms.accuracy,
        interval="Wilson", test=closed_forms.compare_accuracies),
    Metric(name="balanced_accuracy", label="balanced accuracy", task=Task.CLASSIFICATION,
        doc="mean recall of the classes among the labels, so also macro recall",
        statistic=lambda drawn: confusion.balanced_accuracy(drawn.counts)),
    Metric(name="precision_macro", label="macro precision", task=Task.CLASSIFICATION,
        doc="mean precision of the classes among labels or predictions; 0 for one that is never predicted",
        statistic=lambda drawn: confusion.precision_macro(drawn.counts)),
    Metric(name="f1_macro", label="macro F1", task=Task.CLASSIFICATION,
        doc="mean F1 of the classes among labels or predictions",
        statistic=lambda drawn: confusion.f1_macro(drawn.counts)),
    Metric(name="specificity_macro", label="macro specificity", task=Task.CLASSIFICATION,
        doc="mean over classes of the share of the others that were not taken for it",
        statistic=lambda drawn: confusion.specificity_macro(drawn.counts)),
    Metric(name="matthews", label="Matthews correlation", task=Task.CLASSIFICATION,
        doc="Matthews correlation of actual and predicted class; of several classes R_K (Gorodkin 2004)",
        statistic=lambda drawn: confusion.matthews(drawn.counts), lowest=-1.0),
    Metric(name="kappa", label="Cohen's kappa", task=Task.CLASSIFICATION,
        doc="agreement of actual and predicted class beyond chance (Cohen 1960)",
        statistic=lambda drawn: confusion.kappa(drawn.counts), lowest=-1.0),
    Metric(name="roc_auc", label="ROC AUC", task=Task.CLASSIFICATION,
        doc="area under the ROC curve; of more than two classes each against the rest, averaged over those that occur",
        statistic=lambda drawn: ranking.roc_auc(*drawn.ranked), estimate=closed_forms.area, interval="DeLong",
        test=closed_forms.compare_areas, beside=True),
    Metric(name="roc_auc_weighted", label="ROC AUC, classes weighted by size", task=Task.MANY,
        doc="the same, each class weighing as much as it has examples",
        statistic=lambda drawn: ranking.roc_auc_weighted(*drawn.ranked), estimate=closed_forms.weighted_area,
        interval="DeLong"),
    Metric(name="average_precision", label="average precision", task=Task.CLASSIFICATION,
        doc="area under the precision-recall curve in steps; of more than two classes averaged",
        statistic=lambda drawn: ranking.average_precisions(*drawn.ranked)),
    Metric(name="sensitivity_at_95_specificity", label="sensitivity at 95 % specificity", task=Task.TWO,
        doc="highest sensitivity at a specificity of at least 0.95, on the ROC curve of the test examples themselves",
        statistic=lambda drawn: ranking.sensitivity_at(
            drawn.weights, drawn.predictions.labels == 1, drawn.predictions.wide[:, 1], specificity=0.95)),
    Metric(name="accuracy_at_threshold", label="accuracy at the threshold chosen on validation data", task=Task.TWO,
        doc="accuracy at the threshold that validation data chose",
        statistic=lambda drawn: drawn.mean(drawn.predictions.predicted_at_threshold == drawn.predictions.labels),
        estimate=closed_forms.share_at_threshold(), interval="Wilson", chosen="threshold"),
    Metric(name="balanced_accuracy_at_threshold", label="balanced accuracy at that threshold", task=Task.TWO,
        doc="balanced accuracy at that threshold",
        statistic=lambda drawn: confusion.balanced_accuracy(drawn.counts_at_threshold), chosen="threshold"),
    Metric(name="sensitivity_at_threshold", label="sensitivity at that threshold", task=Task.TWO,
        doc="recall of the second class at that threshold", estimate=closed_forms.share_at_threshold(1),
        interval="Wilson", chosen="threshold"),
    Metric(name="specificity_at_threshold", label="specificity at that threshold", task=Task.TWO,
        doc="recall of the first class at that threshold", estimate=closed_forms.share_at_threshold(0),
        interval="Wilson", chosen="threshold"),
    Metric(name="log_loss", label="log loss", task=Task.CLASSIFICATION,
        doc="mean of minus the natural logarithm of the probability given to the true class",
        statistic=lambda drawn: drawn.mean(drawn.predictions.log_losses), unit="nats", highest=math.inf,
        lower_is_better=True),
    Metric(name="log_loss_calibrated", label="log loss, calibrated", task=Task.CLASSIFICATION,
        doc="the same of the probabilities calibrated by a temperature that validation data chose (Guo et al. 2017)",
        statistic=lambda drawn: drawn.mean(drawn.predictions.calibrated_log_losses), unit="nats", highest=math.inf,
        lower_is_better=True, chosen="temperature"),
    Metric(name="brier", label="Brier score", task=Task.CLASSIFICATION,
        doc="mean squared distance of the probabilities from the truth; of two classes half of that, as scikit-learn",
        statistic=lambda drawn: drawn.mean(drawn.predictions.squared_errors) / (1 + (drawn.predictions.classes == 2)),
        highest=2.0, lower_is_better=True),
    Metric(name="rmse_of_probabilities", label="RMSE of the probabilities", task=Task.CLASSIFICATION,
        doc="root of the mean squared error of the probabilities, averaged over classes",
        statistic=lambda drawn: drawn.root_mean(drawn.predictions.squared_errors / drawn.predictions.classes),
        lower_is_better=True),
    Metric(name="ece", label="calibration error", task=Task.CLASSIFICATION,
        doc="expected calibration error in 15 bins of the highest score (Guo et al. 2017)",
        estimate=closed_forms.calibration_error, interval="bootstrap of gaps", lower_is_better=True),
    Metric(name="ece_calibrated", label="calibration error, calibrated", task=Task.CLASSIFICATION,
        doc="the same of the probabilities calibrated by that temperature",
        estimate=closed_forms.calibration_error_at_temperature, interval="bootstrap of gaps", lower_is_better=True,
        chosen="temperature"),
    Metric(name="rmse", label="RMSE", task=Task.REGRESSION, doc="root of the mean squared error",
        statistic=lambda drawn: drawn.root_mean(np.square(drawn.predictions.errors)), unit="target", highest=math.inf,
        lower_is_better=True),
    Metric(name="mae", label="MAE", task=Task.REGRESSION, doc="mean absolute error",
        statistic=lambda drawn: drawn.mean(np.abs(drawn.predictions.errors)), unit="target", highest=math.inf,
        lower_is_better=True),
    Metric(name="r2", label="R²", task=Task.REGRESSION,
        doc="coefficient of determination; not defined where all targets are equal",
        statistic=lambda drawn: r2(drawn.weights, drawn.predictions.labels.astype(float), drawn.predictions.errors),
        lowest=-math.inf, beside=True),
    Metric(name="median_absolute_error", label="median absolute error", task=Task.REGRESSION,
        doc="median absolute error", statistic=lambda drawn: median(drawn.weights, np.abs(drawn.predictions.errors)),
        unit="target", highest=math.inf, lower_is_better=True),
)
# fmt: on
