"""A metric or a column is a row of its list: what a test adds at run time is found everywhere."""

import csv
import json
import math

import numpy as np
import pytest

from cnnbench import cli
from cnnbench.config import Bound
from cnnbench.metrics import lookup, table
from cnnbench.metrics.measure import measure
from cnnbench.metrics.metric import Metric, Task
from cnnbench.metrics.predictions import Predictions
from cnnbench.report import scales
from cnnbench.report.build import compile_report
from cnnbench.results import columns
from cnnbench.results.columns import Column

RUN = "skin_cancer-skin_cnn"
SURPRISE = Metric(
    name="surprise",
    label="mean surprise",
    task=Task.CLASSIFICATION,
    doc="mean log loss less one",
    statistic=lambda drawn: drawn.mean(drawn.predictions.log_losses) - 1,
    unit="nats",
    lowest=-1.0,
    highest=math.inf,
    lower_is_better=True,
)


COLUMN = Column(
    name="n_all",
    where=("csv", "page", "markdown", "terminal"),
    doc="examples of all parts",
    heading="all examples",
    raw=lambda line: line.n_train + line.n_val + (line.n_test if line.kind == "network" else 40),
    numeric=True,
)


def read(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_a_metric_that_is_added_is_found_everywhere(repeated, splits, document, monkeypatch):
    monkeypatch.setattr(table, "METRICS", (*table.METRICS, SURPRISE))
    found = measure(Predictions(np.arange(20) % 2, np.tile([0.7, 0.3], (20, 1))))["surprise"]
    assert found.low < found.value < 0
    assert found.value == pytest.approx(-(math.log(0.7) + math.log(0.3)) / 2 - 1)
    assert lookup.add_prefix({"surprise": found.value}) == {"test_surprise": found.value}
    assert "| `surprise` | classification | mean log loss less one | nats | -1 to ∞ | lower |" in document.render(
        document.DOCUMENT.read_text()
    )
    assert scales.axis("surprise", [found]) == (-1, 1), "a negative value is not clipped"

    for path in repeated.glob("*/metrics.json"):
        path.write_text(json.dumps(json.loads(path.read_text()) | {"surprise": found._asdict()}))
    out = repeated.parent
    baseline = Bound(kind="baseline", value=-0.3, tolerance=0.1)
    compile_report(repeated, splits, out, {RUN: {"surprise": baseline}})
    assert json.loads((out / "metrics.json").read_text())[RUN]["surprise"] == found._asdict()
    assert {float(row["surprise"]) for row in read(out / "leaderboard.csv") if row["kind"] == "network"} == {
        round(found.value, 6)
    }
    spread = next(row for row in read(out / "repeats.csv") if (row["entry"], row["metric"]) == (RUN, "surprise"))
    assert -1 <= float(spread["low"]) < float(spread["mean"]) < 0, "computed anew from the predictions"
    rows = [row for row in read(out / "comparisons.csv") if row["metric"] == "surprise"]
    compared = next(row for row in rows if "ensemble" not in row["first"])
    assert float(compared["difference"]) > 0
    assert float(compared["p_holm"]) < 0.05
    assert compared["first"] == "skin_cancer-plain_cnn"
    page, text = (out / "index.html").read_text(), (out / "report.md").read_text()
    for verdict in ("skin_<wbr>cancer-skin_<wbr>cnn is better", "✓ met"):
        assert any("mean surprise" in line and verdict in line for line in page.splitlines())
    assert f"{found.value:.3f}" in page
    assert f"| surprise | {found.value:.3f} | ≤ -0.3 + 0.1 |" in text


def test_a_column_that_is_added_is_found_everywhere(repeated, splits, document, monkeypatch, capsys):
    monkeypatch.setattr(columns, "COLUMNS", (*columns.COLUMNS, COLUMN))
    assert "| `n_all` | examples of all parts |" in document.render(document.DOCUMENT.read_text())
    out = repeated.parent
    compile_report(repeated, splits, out, {})
    assert {row["n_all"] for row in read(out / "leaderboard.csv")} == {"400"}
    page, text = (out / "index.html").read_text(), (out / "report.md").read_text()
    assert page.count('data-label="All examples" data-value="400">400</td>') == 15
    assert ">All <br>examples</th>" in page
    assert "| all examples |" in text
    assert sum(line.endswith("| 400 |") for line in text.splitlines()) == 15
    assert cli.main(["results", "--reports", str(out)]) == 0
    assert sum(line.endswith(" 400") for line in capsys.readouterr().out.splitlines()) == 15
