"""run.json: how a run was split and trained, in the words of every table."""

from pathlib import Path

import pytest
from files_of_weights import origin

from cnnbench import config
from cnnbench.config import Recipe, Split
from cnnbench.data.records import schema
from cnnbench.runs import recording

RUN = "mnist-mnist_cnn"


@pytest.fixture
def knobs():
    """The shipped params.yaml, in which one run has a tuned recipe."""
    shipped = config.load(Path(__file__).parents[2] / "params.yaml")
    run = shipped.runs[RUN]
    tuned = Recipe.model_validate(run.recipe.model_dump() | {"batch_size": 64})
    return shipped.model_copy(update={"runs": shipped.runs | {RUN: run.model_copy(update={"tuned": tuned})}})


@pytest.mark.parametrize(
    ("protocol", "grouped", "name"),
    [
        ("grouped", True, "grouped 8:1:1"),
        ("grouped", False, "image-level 8:1:1"),
        ("image-level", False, "image-level 8:1:1"),
        ("official", True, "official"),
        ("given", True, "given"),
    ],
)
def test_every_protocol_has_a_name(digits, knobs, protocol, grouped, name):
    known = schema.read(digits.records).model_copy(update={"protocol": protocol, "grouped": grouped})
    assert recording.describe_protocol(known, knobs) == name
    assert recording.plan(knobs, RUN, known).protocol == name


def test_rows_and_shares_are_named_too(housing, knobs):
    wide = knobs.model_copy(update={"split": Split(train=0.6, val=0.2, test=0.2, seed=0)})
    known = schema.read(housing.records).model_copy(update={"grouped": False})
    assert recording.describe_protocol(known, wide) == "row-level 6:2:2"


def test_a_plan_says_which_recipe_and_what_it_changes(digits, knobs):
    known = schema.read(digits.records)
    published = recording.plan(knobs, RUN, known)
    tuned = recording.plan(knobs.model_copy(update={"recipe": "tuned"}), RUN, known)
    assert (published.recipe_name, tuned.recipe_name) == ("published", "tuned")
    assert published.changed == ()
    assert tuned.changed == ("batch_size: 128 -> 64",)
    assert tuned.published_recipe == published.recipe
    assert sum(published.examples.values()) == 400


def test_a_plan_says_what_the_run_starts_from(digits, knobs):
    start = origin("lite", "efficientnet_lite0")
    run = knobs.runs[RUN].model_copy(update={"weights": "lite", "trials": 7})
    knobs, known = knobs.model_copy(update={"runs": knobs.runs | {RUN: run}}), schema.read(digits.records)
    plan = recording.plan(knobs, RUN, known, start)
    assert (plan.weights, plan.start.trained_on, plan.start.sha256, plan.trials) == ("lite", "ImageNet-1k", "0" * 64, 0)
    assert recording.plan(knobs.model_copy(update={"recipe": "tuned"}), RUN, known, start).trials == 7
    assert recording.plan(knobs, RUN, known).start is None


def test_a_run_without_a_tuned_recipe_stays_published(digits, knobs):
    bare = knobs.runs[RUN].model_copy(update={"tuned": None})
    knobs = knobs.model_copy(update={"recipe": "tuned", "runs": knobs.runs | {RUN: bare}})
    assert recording.plan(knobs, RUN, schema.read(digits.records)).recipe_name == "published"
