"""Expected figures: saved from a report, compared by intervals."""

import json

import pytest
from run_folders import BINARY, HOUSES, write_run

from cnnbench import config
from cnnbench.core.errors import UserError
from cnnbench.verification import figures

ACCURACY = {"accuracy": (0.9, 0.85, 0.95), "roc_auc": (0.97, 0.95, 0.99), "log_loss": (0.3, 0.2, 0.4)}
HOUSING = {"rmse": (4.0, 3.0, 5.0), "r2": (0.8, 0.7, 0.9)}


@pytest.fixture
def knobs():
    return config.load()


def report(folder, accuracy=ACCURACY, housing=HOUSING, **facts):
    measured = {BINARY: accuracy, HOUSES: housing}
    for name, metrics in measured.items():
        extra = {} if name == BINARY else {"task": "regression", "classes": []}
        write_run(folder / "runs", name, metrics, **extra, **(facts if name == BINARY else {}))
    keys = ("value", "low", "high")
    content = {
        name: {metric: dict(zip(keys, values, strict=True)) for metric, values in metrics.items()}
        for name, metrics in measured.items()
    }
    (folder / "metrics.json").write_text(json.dumps(content))
    return folder


def check(knobs, tmp_path, **changed):
    figures.save(knobs, report(tmp_path / "saved"))
    other = report(tmp_path / "other", **changed)
    (other / figures.FILE).write_bytes((tmp_path / "saved" / figures.FILE).read_bytes())
    return {finding.subject: finding for finding in figures.check_figures(knobs, other)}


def test_headlines_and_bound_metrics_are_saved_with_the_processor(knobs, tmp_path):
    saved = figures.save(knobs, report(tmp_path))
    bound = set(knobs.thresholds[BINARY])
    assert set(saved.runs[BINARY].metrics) == bound | {"accuracy"}
    assert set(saved.runs[HOUSES].metrics) == {"rmse"}
    assert saved.runs[HOUSES].metrics["rmse"].high == 5.0
    assert set(saved.made_on) == {"processor", "instruction_set"}


def test_equal_and_overlapping_figures_agree(knobs, tmp_path):
    found = check(knobs, tmp_path, accuracy=ACCURACY | {"accuracy": (0.82, 0.76, 0.86)})
    assert {name: finding.ok for name, finding in found.items()} == {BINARY: True, HOUSES: True}
    assert "accuracy 0.820 (0.760 to 0.860) agrees with 0.900 (0.850 to 0.950)" in found[BINARY].text


def test_a_figure_apart_from_the_expected_one_is_found(knobs, tmp_path):
    found = check(knobs, tmp_path, accuracy=ACCURACY | {"accuracy": (0.517, 0.39, 0.64)})
    assert {name: finding.ok for name, finding in found.items()} == {BINARY: False, HOUSES: True}
    assert "accuracy 0.517 (0.390 to 0.640) DIFFERS from 0.900 (0.850 to 0.950)" in found[BINARY].text


def test_a_figure_that_is_missing_differs(knobs, tmp_path):
    found = check(knobs, tmp_path, housing={"r2": (0.8, 0.7, 0.9)})
    assert not found[HOUSES].ok


def test_a_run_with_other_settings_is_not_compared(knobs, tmp_path):
    worse = ACCURACY | {"accuracy": (0.5, 0.4, 0.6)}
    found = check(knobs, tmp_path, accuracy=worse, seed=7)
    assert found[BINARY].ok
    assert "not compared" in found[BINARY].text


def test_a_project_without_expected_figures_has_nothing_to_compare(knobs, tmp_path):
    assert list(figures.check_figures(knobs, report(tmp_path))) == []


def test_damaged_expected_figures_are_one_line(knobs, tmp_path):
    (report(tmp_path) / figures.FILE).write_text('{"runs": 3}')
    with pytest.raises(UserError, match="as `cnnbench verify --save` writes it, received another"):
        list(figures.check_figures(knobs, tmp_path))
