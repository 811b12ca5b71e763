"""What a split is worth: one network on the same data under two protocols."""

import numpy as np
import pytest
from repeated import guesses, predictions, write_run

from cnnbench import cli
from cnnbench.metrics.intervals.proportions import wilson
from cnnbench.results import entries, protocols

SAME = {"data_sha256": "d1", "classes": ["no", "yes"]}


def write(runs, name, gain, *, n=200, first=0, groups=None, seed=0, **facts):
    frame = predictions(*guesses(seed, gain, n), groups=groups, first=first)
    return write_run(runs, name, frame, seed=seed, **SAME | {"dataset": name.split("-")[0]} | facts)


def load(runs):
    return {entry.name: entry for entry in entries.load(runs)}


@pytest.mark.parametrize(("first", "shared"), [(0, 200), (100, 100), (200, 0)])
def test_shared_examples_are_paired_and_others_are_not(tmp_path, first, shared):
    write(tmp_path, "a-net", 2.0, protocol="image-level 8:1:1")
    write(tmp_path, "b-net", 0.5, first=first)
    one, other = load(tmp_path).values()
    assert protocols.same_data(one, other)
    assert protocols.refusal(one, other) is None
    found = protocols.compare(one, other)
    assert (found.tested, found.shared) == ((200, 200), shared)
    right = [
        np.mean((entry.predictions[0]["score_1"] >= 0.5) == entry.predictions[0]["label"]) for entry in (one, other)
    ]
    assert found.values == pytest.approx(right)
    assert found.difference.value == pytest.approx(right[0] - right[1])
    assert found.difference.low < found.difference.value < found.difference.high
    if not shared:
        # as of two independent proportions
        squares = [((interval := wilson(share, 200)).high - interval.low) ** 2 for share in right]
        width = found.difference.high - found.difference.low
        assert width == pytest.approx(np.sqrt(sum(squares)), rel=0.1)
    words = f"{shared:,} of them shared and paired" if shared else "none of them shared, so not paired"
    assert words in found.sentence
    assert f"a-net (image-level 8:1:1) minus b-net (grouped 8:1:1): accuracy {right[0]:.3f} on 200" in found.sentence


def test_pairing_narrows_the_interval(tmp_path):
    for folder, first in (("paired", 0), ("apart", 200)):
        write(tmp_path / folder, "a-net", 1.0)
        write(tmp_path / folder, "b-net", 1.0, first=first, seed=0)
    widths = {}
    for folder in ("paired", "apart"):
        found = protocols.compare(*load(tmp_path / folder).values())
        widths[folder] = found.difference.high - found.difference.low
    assert widths["paired"] == 0, "the same answers"
    assert widths["apart"] > 0.1


def test_what_either_keeps_together_is_drawn_together(tmp_path):
    # one image after the other, and patients of ten
    write(tmp_path, "a-net", 1.0)
    write(tmp_path, "b-net", 1.0, first=200, groups=np.arange(200) // 10)
    write(tmp_path / "patients", "a-net", 1.0, groups=[f"a{n // 10}" for n in range(200)])
    write(tmp_path / "patients", "b-net", 1.0, first=200, groups=[f"b{n // 10}" for n in range(200)])
    frames = [entry.predictions[0] for entry in load(tmp_path).values()]
    assert len(np.unique(protocols._join_groups(tuple(frames)))) == 220
    frames = [entry.predictions[0] for entry in load(tmp_path / "patients").values()]
    assert len(np.unique(protocols._join_groups(tuple(frames)))) == 40


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"architecture": "other"}, "Expected one network for a-net and b-net, received net and other"),
        ({"profile": "full"}, "Expected one profile"),
        ({"recipe": {"lr": 0.5}}, "Expected one recipe"),
        ({"input_shape": [8, 8, 3]}, "Expected one input"),
    ],
)
def test_what_differs_in_more_than_the_split_is_refused(tmp_path, capsys, facts, reason):
    write(tmp_path / "runs", "a-net", 1.0)
    write(tmp_path / "runs", "b-net", 1.0, **facts)
    assert protocols.refusal(*load(tmp_path / "runs").values()).startswith(reason)
    assert protocols.compare_all(load(tmp_path / "runs").values()) == []
    assert cli.main(["compare", "a-net", "b-net", "--reports", str(tmp_path)]) == 2
    assert reason in capsys.readouterr().err


def test_other_data_are_refused_as_ever(tmp_path, capsys):
    write(tmp_path / "runs", "a-net", 1.0)
    write(tmp_path / "runs", "b-net", 1.0, data_sha256="d2")
    write(tmp_path / "runs", "c-net", 1.0, data_sha256="")
    for name in ("b-net", "c-net"):
        assert cli.main(["compare", "a-net", name, "--reports", str(tmp_path)]) == 2
        assert "Expected one data set" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("attributes", "said"),
    [({"sex": "f", "age": "40"}, "the attributes differ: none and sex, age"), ({}, "one differs")],
)
def test_data_that_seem_the_same_are_refused_with_what_differs(tmp_path, capsys, attributes, said):
    write(tmp_path / "runs", "a-net", 1.0)
    frame = predictions(*guesses(0, 1.0, 200)).assign(**attributes)
    write_run(tmp_path / "runs", "b-net", frame, seed=0, **SAME | {"dataset": "b", "data_sha256": "d2"})
    assert cli.main(["compare", "a-net", "b-net", "--reports", str(tmp_path)]) == 2
    err = capsys.readouterr().err
    assert "received a and b: their difference would be one of data. Both have 200 test examples in common." in err
    assert f"are the same: {said}. Give both one `source:`" in err


def test_the_command_says_what_leakage_is_worth(tmp_path, capsys):
    write(tmp_path / "runs", "a-net", 2.0, protocol="image-level 8:1:1")
    write(tmp_path / "runs", "b-net", 0.5, first=150)
    assert cli.main(["compare", "a-net", "b-net", "--reports", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert "One data set under two split protocols" in out
    assert "50 of them shared and paired; difference +" in " ".join(out.split())
