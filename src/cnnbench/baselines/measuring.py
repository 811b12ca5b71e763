"""Measures baselines by the code that measures networks: a folder each, with predictions, metrics and record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnbench.baselines import pixels
from cnnbench.baselines.fitting import Design, Fitted, constant, linear
from cnnbench.config import Params
from cnnbench.core.printable import printable
from cnnbench.data.provenance import Provenance, read_provenance
from cnnbench.data.records import schema
from cnnbench.data.records.reader import Examples, Part
from cnnbench.data.records.schema import Records
from cnnbench.evaluation import run_tables, split_facts
from cnnbench.metrics import calibration, caveats, operating_point
from cnnbench.metrics.intervals.bootstrap import Estimate
from cnnbench.metrics.predictions import Predictions
from cnnbench.runs import recording
from cnnbench.runs.baseline_record import BaselineRecord

MOST = 20_000  # training examples that a method is fitted on: minutes and gigabytes at most
FOLD = 0
Method = Callable[[Design], Fitted]


@dataclass(frozen=True)
class Bench:
    """A data set on fold 0's split, on which baselines are measured.

    Attributes:
        knobs: params.yaml.
        dataset: Its name there.
        records: The content of its records.json.
        provenance: Of its source.json.
        folds: By part.
        parts: The examples of each part.
        rows: Numbers of the training examples that methods are fitted on.
    """

    knobs: Params
    dataset: str
    records: Records
    provenance: Provenance
    folds: Mapping[str, list[int]]
    parts: Mapping[str, Examples]
    rows: NDArray[np.integer]

    @classmethod
    def open(cls, knobs: Params, dataset: str) -> Bench:
        """Opens a data set under data/.

        Raises:
            UserError: A file is missing or damaged.
        """
        folder = Path("data/records", dataset)
        records = schema.read(folder)
        folds = records.parts(knobs.split, FOLD)
        parts = {part: Examples(folder, records, folds[part]) for part in folds}
        drawn = np.random.default_rng(0).permutation(len(parts["train"]))[:MOST]
        provenance = read_provenance(Path("data/raw", dataset))
        return cls(knobs, dataset, records, provenance, folds, parts, np.sort(drawn))

    def design(self, train: NDArray[np.float32], val: NDArray[np.float32], test: NDArray[np.float32]) -> Design:
        """What methods are fitted on: these inputs, of the training part those of `rows` alone."""
        labels = {part: examples.labels for part, examples in self.parts.items()}
        return Design(train, labels["train"][self.rows], val, labels["val"], test, len(self.records.classes))

    def measure(self, out: Path, name: str, fitted: Fitted, **facts: Any) -> str:
        """Writes `predictions.parquet`, `metrics.json` and `run.json` of a baseline.

        Args:
            out: Its folder.
            name: Its name on leaderboards.
            fitted: Its predictions.
            **facts: Of its record: method, features and, where it has some, weights and start.

        Returns:
            The headline metric with its interval, in a line.
        """
        examples, classes = self.parts["test"], self.records.classes
        table = Path("data/splits", f"{self.dataset}.parquet")
        known = split_facts.read(table, examples.ids, self.provenance, self.folds)
        chosen, labels = dict[str, float](), self.parts["val"].labels
        if len(classes) == 2:
            chosen["threshold"] = operating_point.choose_threshold(labels, fitted.val[:, 1])
        if classes:
            chosen["temperature"] = calibration.fit_temperature(labels, fitted.val)
        scores = fitted.test if classes else fitted.test[:, 0]
        targets = examples.labels if classes else examples.labels.astype(np.float64)
        predictions = Predictions(targets, scores, known.groups, chosen.get("threshold"), chosen.get("temperature"))
        metrics = run_tables.write_metrics(out, predictions, classes, known)
        part = Part(examples.ids, known.groups, examples.labels, np.empty(0))
        columns = run_tables.score_columns(scores) if classes else {"prediction": scores}
        run_tables.write_predictions(out, part, columns, known)
        record = self._record(name, fitted, known.add_to(chosen) | facts)
        record.write(out)
        return _describe(record, metrics)

    def _record(self, name: str, fitted: Fitted, facts: Mapping[str, Any]) -> BaselineRecord:
        records = self.records
        counts = {part: records.counts(folds) for part, folds in self.folds.items()}
        return BaselineRecord(
            run=name,
            dataset=self.dataset,
            task=records.task,
            classes=records.classes,
            protocol=recording.describe_protocol(records, self.knobs),
            profile=self.knobs.profile,
            fold=FOLD,
            input_shape=records.shape,
            examples={part: sum(count.values()) for part, count in counts.items()},
            counts=counts if records.classes else {},
            chosen=fitted.chosen,
            fitted=len(self.rows),
            parameters=fitted.parameters,
            **recording.data_facts(self.provenance),
            **facts,
        )


def write_pixel_baselines(knobs: Params, dataset: str, out: Path) -> list[str]:
    """Measures what the data set gives without a network: a constant, and a linear model on its pixels or columns.

    Args:
        knobs: params.yaml.
        dataset: Its name there.
        out: The folder that takes a folder for each method.

    Returns:
        A line on each.

    Raises:
        UserError: A file of the data set is missing or damaged.
    """
    bench = Bench.open(knobs, dataset)
    shape, parts = bench.records.shape, bench.parts
    train, val, test = (
        pixels.matrix(parts[part], shape, bench.rows if part == "train" else None) for part in ("train", "val", "test")
    )
    design, side = bench.design(train, val, test), " × ".join(map(str, pixels.shrunk_shape(shape)))
    inputs = f"{side} pixels" if len(shape) == 3 else f"{shape[0]} columns"
    methods: dict[str, tuple[Method, str]] = (
        {"majority": (constant, "no input"), "logistic regression": (linear, inputs)}
        if design.classes
        else {"mean": (constant, "no input"), "ridge regression": (linear, inputs)}
    )
    return [
        bench.measure(out / method.replace(" ", "_"), f"{dataset} {method}", fit(design), method=method, features=known)
        for method, (fit, known) in methods.items()
    ]


def _describe(record: BaselineRecord, metrics: Mapping[str, Estimate]) -> str:
    chosen = "".join(f", {key} {choice:g}" for key, choice in record.chosen.items())
    return printable(f"{record.run}{chosen}: {caveats.describe_headline(metrics, record.examples['test'])}")
