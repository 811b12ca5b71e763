"""What a source states of a run, as params.yaml and run.json say it."""

import pytest
from pydantic import ValidationError

from cnnbench.config import Published


@pytest.mark.parametrize(
    "written",
    [
        {"text": "VGG16 beats the plain CNN"},
        {"metric": "rmse", "value": 5},
        {"metric": "accuracy", "value": 0.9, "is": "above", "text": "above 90 %"},
    ],
)
def test_a_figure_a_text_or_both(written):
    source = Published.model_validate(written)
    assert source.model_dump() == {"metric": None, "value": None, "is": "exactly", "text": ""} | written
    assert Published.model_validate(source.model_dump()) == source


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ({}, "a metric and its value, a text, or both; `published: null` where the source states none"),
        ({"metric": "accuracy", "text": "good"}, "a metric with its value, or neither"),
        ({"value": 0.9}, "a metric with its value, or neither"),
        ({"text": "above 90 %", "is": "above"}, "a metric and its value with `is: above`"),
        ({"metric": "accuracy", "value": 0.9, "is": "about"}, "'exactly', 'above' or 'below'"),
        ({"metric": "accuracy", "value": "90 %"}, "should be a valid number"),
        ({"metric": "accuracy", "value": float("nan")}, "finite number"),
        ({"metric": "rmse", "value": 5.0, "relation": "below"}, "Extra inputs are not permitted"),
        ("accuracy 90 %", "valid dictionary or instance of Published"),
    ],
)
def test_half_a_figure_is_refused(written, message):
    with pytest.raises(ValidationError, match=message):
        Published.model_validate(written)
