"""What another processor explains, and what it does not."""

import pytest

from cnnbench.verification.lock import _describe, describe_differing, find_differing

AMD = {"processor": "AMD EPYC", "instruction_set": "AVX2"}
INTEL = {"processor": "Xeon", "instruction_set": "AVX512_CORE"}


def stage(inputs, outs):
    return {"cmd": "sh stages/run", "deps": [{"path": "x", "md5": inputs}], "outs": [{"path": "y", "md5": outs}]}


def test_only_equal_inputs_with_other_outputs_are_the_machines():
    committed = {"cache@a": stage("1", "1"), "train@r": stage("1", "1"), "evaluate@r": stage("1", "1")}
    present = {
        "cache@a": stage("1", "1"),
        "train@r": stage("1", "2"),
        "evaluate@r": stage("2", "3"),  # follows from the model
        "train@new": stage("1", "1"),
    }
    assert find_differing(committed, present) == ["train@r"]


@pytest.mark.parametrize(
    ("stages", "committed_on", "expected"),
    [
        ([], AMD, ""),
        (["train@r", "train@s"], AMD, "train of 2; data, splits and records are equal. That is expected: it was "),
        (["train@r"], {}, "committed on another processor, this is Xeon, AVX512_CORE."),
        (["train@r"], INTEL, "The processor is the same, so this is not expected: `cnnbench verify` says more."),
        (["cache@a", "train@r"], AMD, "Data must be equal on every machine, and cache@a is not: please report it"),
    ],
)
def test_the_line(stages, committed_on, expected):
    line = describe_differing(stages, committed_on, INTEL)
    assert expected in line
    assert bool(line) == bool(stages)
    assert "\n" not in line


def test_a_stage_that_is_meant_to_run_always_is_as_it_should_be():
    assert list(_describe("always changed")) == []
    assert list(_describe("changed command")) == ["changed command"]
    assert list(_describe({"changed outs": {"a": "deleted"}})) == ["changed outs: a (deleted)"]
