"""The table of metrics is whole, and docs/leaderboard.md has what it and the lists of columns say."""

import math
import re

import numpy as np
import pytest

from cnnbench.core.errors import UserError
from cnnbench.metrics import lookup, table
from cnnbench.metrics.measure import measure
from cnnbench.metrics.metric import Metric, Task
from cnnbench.metrics.predictions import Predictions


def test_the_tables_of_the_document_are_those_of_the_code(document):
    text = document.DOCUMENT.read_text()
    assert document.render(text) == text, "run `make docs`"
    external = document.EXTERNAL.read_text()
    assert document.render_external(external) == external, "run `make docs`"
    for row in table.METRICS:
        assert len(re.findall(rf"^\| `{row.name}` \|", text, re.MULTILINE)) == 1
    with pytest.raises(UserError, match="Expected the comments `leaderboard:`"):
        document.render("# no place\n")


def test_the_table_is_whole():
    names = lookup.names()
    assert len(set(names)) == len(names)
    assert [lookup.headline(k).name for k in (0, 2, 3)] == ["rmse", "accuracy", "accuracy"]
    assert [lookup.beside(k).name for k in (0, 2, 3)] == ["r2", "roc_auc", "roc_auc"]
    assert lookup.label("rmse", "1000 USD") == "RMSE, 1000 USD"
    assert lookup.label("rmse_of_probabilities", "1000 USD") == "RMSE of the probabilities"
    assert lookup.label("recall") == "recall"
    assert lookup.sort_names(["z", "rmse", "accuracy"]) == ["accuracy", "rmse", "z"]
    with pytest.raises(UserError, match="received 'acuracy': did you mean accuracy"):
        lookup.find("acuracy")
    with pytest.raises(ValueError, match="Expected a statistic or an estimator of x, received neither"):
        Metric(name="x", label="x", task=Task.TWO, doc="")


def test_a_metric_lies_where_its_row_says_on_any_predictions():
    rng = np.random.default_rng(0)
    for k in (0, 2, 3):
        for _ in range(20):
            labels = rng.integers(0, k, 12) if k else rng.normal(size=12)
            scores = rng.dirichlet(np.full(k, 0.1), 12) if k else rng.normal(size=12)
            for name, estimate in measure(Predictions(labels, scores), draws=20).items():
                row, known = lookup.find(name), [end for end in estimate if math.isfinite(end)]
                assert all(row.lowest <= end <= row.highest for end in known), name
