"""Every key of params.yaml with every kind of wrong value: settings that hold, or one line, and never a traceback."""

import copy
import datetime
import math
from contextlib import nullcontext

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML
from toys import SHIPPED, refused

from cnnbench.config import Params
from cnnbench.config.loading import validate
from cnnbench.core.errors import UserError
from cnnbench.core.printable import printable
from cnnbench.planning import existence

CONTENT = YAML(typ="safe").load(SHIPPED)
MISSING = object()
WRONG = [
    MISSING, None, True, False, 0, -1, 1, 2**31, 2**63, 10**300, 0.5, -0.5, 1e308, math.nan, math.inf,
    "", "x", "1", "a b", "../x", "\u202e\n", "x" * 10_000, datetime.date(2024, 1, 2), b"x",
    [], [None], [[]], {"a", "b"}, ("a",), {}, {"x": 1}, {1: 2}, {None: None}, {"name": "x"}, {"min": 1, "max": None},
]  # fmt: skip


def places(part, path=()):
    """The path of every key."""
    for key, value in part.items():
        yield (*path, key)
        if isinstance(value, dict):
            yield from places(value, (*path, key))


PLACES = list(places(CONTENT))


def replaced(path, value):
    """A copy of the content with another value, or without one, at a path; what is not on the path is shared."""
    changed = part = dict(CONTENT)
    *above, last = path
    for key in above:
        part[key] = dict(part[key])
        part = part[key]
    if value is MISSING:
        del part[last]
    else:
        part[last] = value
    return changed


def check(content):
    """The settings, or the error; the names in them are looked up, too."""
    try:
        knobs = validate(content)
        existence.check(knobs)
        for name in knobs.runs:
            knobs.run(name)
    except UserError as error:
        line = str(error)
        assert printable(line) == line
        assert line.startswith("Expected ")
        assert len(line) < 3000
        return line
    return knobs


def test_there_are_as_many_keys_as_the_file_has():
    assert len(PLACES) > 300
    assert isinstance(check(CONTENT), Params)


@pytest.mark.parametrize("section", CONTENT)
def test_each_key_with_each_wrong_value(section):
    before = copy.deepcopy(CONTENT)
    for path in PLACES:
        if path[0] == section:
            outcomes = [check(replaced(path, value)) for value in WRONG]
            refusals = [outcome for outcome in outcomes if isinstance(outcome, str)]
            # a set, a date, bytes or a number with a unit is nowhere right
            assert len(refusals) >= 8, path
    assert before == CONTENT


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5) | st.integers(), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=100, derandomize=True, deadline=None)
@given(st.sampled_from(PLACES), JSON)
def test_any_value_anywhere(path, value):
    check(replaced(path, value))


@settings(max_examples=100, derandomize=True, deadline=None)
@given(st.sampled_from(PLACES), st.text() | st.integers(), JSON)
def test_any_key_anywhere(path, key, value):
    part = CONTENT
    for step in path:
        part = part[step]
    check(replaced(path, part | {key: value} if isinstance(part, dict) else {key: value}))


@settings(max_examples=50, derandomize=True, deadline=None)
@given(JSON)
def test_any_content(content):
    # an empty file is one without data sets and runs
    with nullcontext() if content in (None, {}) else refused("Expected "):
        validate(content)


@settings(max_examples=100, derandomize=True, deadline=None)
@given(st.text(alphabet=st.characters(), max_size=8))
def test_any_name(name):
    run = CONTENT["runs"]["mnist-mnist_cnn"]
    found = check(CONTENT | {"runs": {name: run}, "thresholds": {}})
    if isinstance(found, Params):
        assert all(character.isalnum() or character in "_-" for character in name if ord(character) < 128)
        assert not name.startswith("-")
