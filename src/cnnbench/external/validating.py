"""Measures a trained network on a data set that it was not trained on, by the code that measures it on its own."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from cnnbench.config import Params
from cnnbench.core.printable import printable
from cnnbench.data.provenance import read_provenance
from cnnbench.data.records.reader import Part
from cnnbench.evaluation import classifier, evaluate, run_tables, scoring, split_facts
from cnnbench.external import choosing
from cnnbench.metrics import caveats
from cnnbench.metrics.predictions import Predictions
from cnnbench.runs import recording
from cnnbench.runs.external_record import OF_THE_RUN, ExternalRecord
from cnnbench.runs.record import RunRecord


def measure(knobs: Params, name: str, out: Path) -> tuple[str, dict[str, dict[str, float | str]]]:
    """Tests a run on another data set, at the threshold and temperature that its own validation data chose.

    Args:
        knobs: params.yaml.
        name: Of the test there.
        out: The folder for predictions, metrics, tables and record.

    Returns:
        The headline metric with its interval, in a line and as the content of `dvc metrics`.

    Raises:
        UserError: A file is missing or damaged, or the other data set does not fit the network.
    """
    test = knobs.test_named(name)
    trained = RunRecord.read(Path("reports/runs", test.run))
    chosen = choosing.choose(knobs, name, trained)
    network = scoring.load(Path("models", test.run, "model.keras"))
    scores = scoring.predict_scores(network, chosen.examples.inputs)[chosen.kept]
    provenance = read_provenance(Path("data/raw", test.dataset))
    ids, labels = chosen.examples.ids[chosen.kept], chosen.labels[chosen.kept]
    # none of its folds has trained this network, so that no test example has a twin
    alone: dict[str, list[int]] = {"train": [], "val": [], "test": chosen.folds}
    facts = split_facts.read(choosing.SPLITS / f"{test.dataset}.parquet", ids, provenance, alone)
    part = Part(ids, facts.groups, labels, np.empty(0))
    predictions = Predictions(labels, scores, facts.groups, trained.threshold, trained.temperature)
    metrics = run_tables.write_metrics(out, predictions, trained.classes, facts)
    run_tables.write_predictions(out, part, run_tables.score_columns(scores), facts)
    classifier.write_tables(out, trained.classes, part, scores, metrics["roc_auc"])
    numbers = np.bincount(labels, minlength=len(trained.classes)).tolist()
    record = ExternalRecord(
        run=name,
        network=test.run,
        tested_on=test.dataset,
        part=test.part,
        mapping=chosen.mapping,
        left_out=chosen.left_out,
        examples=trained.examples | {"test": len(labels)},
        counts=trained.counts | {"test": dict(zip(trained.classes, numbers, strict=True))},
        subgroup_notes=facts.notes,
        **{field: getattr(trained, field) for field in OF_THE_RUN},
        **recording.data_facts(provenance),
    )
    record.write(out)
    left = "".join(f"; left out: {count:,} {reason}" for reason, count in chosen.left_out.items())
    line = printable(
        f"{test.run} on {test.dataset}: {caveats.describe_headline(metrics, len(labels), 'examples')}{left}"
    )
    return line, evaluate.summarise(name, metrics, len(labels))
