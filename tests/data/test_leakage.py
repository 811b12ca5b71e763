import numpy as np
import pandas as pd
import pytest

from cnnbench.core import files
from cnnbench.data import leakage
from cnnbench.data.leakage_text import note, summary, verdict
from cnnbench.data.split import folds

DEFAULTS = {"label": 0.0, "part": "", "near": "", "protocol": "grouped", "dropped": "", "warning": ""}


def frame(*rows, **common):
    """A split frame from (split, what is special); every example has an id, a group and a content of its own."""
    return pd.DataFrame(
        [
            {"id": f"i{n:02}", "group": f"g{n}", "sha256": f"s{n}", **DEFAULTS, **common, "split": split, **special}
            for n, (split, special) in enumerate(rows)
        ]
    )


CLEAN = (("train", {}), ("val", {}), ("test", {}))


def test_nothing_shared_leaks_nothing():
    result = leakage.audit(frame(*CLEAN), "join")
    assert not result.used.leaks
    assert result.official is None
    assert result.used.examples == {"train": 1, "val": 1, "test": 1}
    assert result.used.exact == result.used.near == result.used.groups
    assert result.used.exact.clusters == result.used.exact.examples == 0
    assert "groups, such as patients, are not known" in verdict(result)


@pytest.mark.parametrize(("key", "kind"), [("sha256", "exact"), ("near", "near"), ("group", "groups")])
@pytest.mark.parametrize("torn", [True, False])
def test_each_kind_of_leak(key, kind, torn):
    shared = {key: "same"}
    other = "test" if torn else "train"
    result = leakage.audit(frame(*CLEAN, ("train", shared), ("train", shared), (other, shared)), "join")
    spread = getattr(result.used, kind)
    assert (spread.clusters, spread.examples) == (1, 3)
    assert (spread.clusters_across, spread.examples_across) == ((1, 3) if torn else (0, 0))
    assert spread.ids == (("i03", "i04", "i05") if torn else ())
    assert result.used.leaks is torn
    assert verdict(result).startswith("LEAKS: 1 ") is torn
    others = [getattr(result.used, name) for name in {"exact", "near", "groups"} - {kind}]
    assert all(spread.clusters == 0 for spread in others)


@pytest.mark.parametrize(("near_copies", "leaks"), [("join", True), ("report", False), ("ignore", False)])
def test_near_copies_count_where_they_are_joined(near_copies, leaks):
    result = leakage.audit(frame(*CLEAN, ("train", {"near": "n"}), ("test", {"near": "n"})), near_copies)
    assert result.used.leaks is leaks
    assert (result.used.near is None) is (near_copies == "ignore")
    assert leakage.state(result) == {"join": "leaks", "report": "near copies", "ignore": "no leak"}[near_copies]
    words = {
        "join": "",
        "report": "Not counted, since near_copies is report: 1 cluster of near copies (2 examples) in more than "
        "one part; of 2 test examples 1 has a twin in train or val.",
        "ignore": "Near copies were not looked for.",
    }
    assert note(result) == words[near_copies]


def test_test_examples_with_a_twin_are_counted_once():
    both = {"near": "n", "sha256": "s", "group": "g"}
    rows = [("train", both), ("test", both), ("test", {"group": "g"}), ("test", {"near": "n"}), ("test", {})]
    result = leakage.audit(frame(*rows), "report").used
    assert (result.exact.test_across, result.near.test_across, result.groups.test_across) == (1, 2, 2)
    assert result.test_concerned == 3
    assert "of 4 test examples 3 have a twin in train or val." in verdict(leakage.audit(frame(*rows), "report"))


def test_what_the_publisher_parted_is_counted_apart():
    rows = [("train", {"part": "train", "group": "g"}), ("train", {"part": "test", "group": "g"}), ("test", {})]
    result = leakage.audit(frame(*rows), "report")
    assert (result.used.test_concerned, result.official.test_concerned) == (0, 1)


def test_copies_between_train_and_val_alone_are_said_too():
    result = leakage.audit(frame(*CLEAN, ("train", {"near": "n"}), ("val", {"near": "n"})), "report")
    assert leakage.state(result) == "near copies"
    assert "of 1 test examples 0 have a twin" in note(result)


@pytest.mark.parametrize(("protocol", "count"), [("grouped", 1), ("image-level", 1), ("official", 0), ("given", 0)])
def test_a_class_of_few_groups_is_named_where_folds_turn(protocol, count):
    rows = [("train", {"label": 1.0, "fold": n % 3, "unit": f"u{n}"}) for n in range(9)]
    many = [("train", {"label": 0.0, "fold": n, "unit": f"v{n}"}) for n in range(10)]
    result = leakage.audit(frame(*rows, *many, protocol=protocol), "ignore", ("no", "yes"))
    assert [(rare.name, rare.groups, rare.folds) for rare in result.rare] == [("yes", 9, (0, 1, 2))] * count
    noun = "examples" if protocol == "image-level" else "groups"
    assert any(f"yes has 9 {noun}, fewer than the 10 folds" in line for line in summary(result)) is bool(count)


def test_the_publishers_split_is_audited_as_it_is():
    rows = [("train", {"part": "train"}), ("train", {"part": "test"}), ("val", {"part": ""}), ("test", {"part": "val"})]
    result = leakage.audit(frame(*rows, group="g").assign(sha256=["a", "a", "a", "b"]), "report")
    assert result.official.leaks
    assert result.official.examples == {"train": 1, "val": 1, "test": 1}
    assert (result.official.exact.clusters_across, result.official.exact.examples_across) == (1, 2)
    assert (result.official.groups.examples, result.used.groups.examples) == (3, 4)


def test_an_example_without_a_group_is_in_none():
    result = leakage.audit(frame(*CLEAN, group=""), "report")
    assert result.used.groups.clusters == 0


def test_identical_images_with_different_labels_are_listed():
    rows = [("train", {"sha256": f"c{n // 7}", "label": float(n % 7 == 0)}) for n in range(49)]
    result = leakage.audit(
        frame(*CLEAN, ("train", {"sha256": "x"}), ("train", {"sha256": "x"}), *rows), "report"
    ).conflicts
    assert (result.clusters, result.examples) == (7, 49)
    assert len(result.ids) == 5
    assert result.ids[0] == ("i05", "i06", "i07", "i08", "i09")


def test_every_dropped_example_is_listed_and_counted_nowhere_else():
    reasons = ["too small: 2x26 pixels", "unreadable: a", "too small: 3x3 pixels", "not in the split file"]
    rows = [("", {"dropped": reason, "sha256": "s0", "group": "g0", "part": "test"}) for reason in reasons]
    result = leakage.audit(frame(*CLEAN, *reversed(rows)), "report")
    assert result.dropped.reasons == {"not in the split file": 1, "too small": 2, "unreadable": 1}
    assert [dropped.id for dropped in result.dropped.examples] == ["i03", "i04", "i05", "i06"]
    assert result.dropped.examples[0].reason == "not in the split file"
    assert result.used.exact.clusters == 0
    assert result.official is None
    assert summary(result)[0] == "dropped 4 (not in the split file 1, too small 2, unreadable 1), such as i03"


def test_odd_files_are_kept_counted_and_named():
    odd = "damaged JPEG data: they end before the last pixel"
    rows = (*CLEAN, ("train", {"warning": odd}), ("", {"dropped": "unreadable: x", "warning": odd}))
    result = leakage.audit(frame(*rows), "join")
    assert result.odd.reasons == {"damaged JPEG data": 1}
    assert result.odd.examples[0].reason == odd
    assert "odd files, kept: 1 (damaged JPEG data 1), such as i03" in summary(result)


@pytest.mark.parametrize(
    ("protocol", "words"),
    [
        ("image-level", "image-level splits do by design"),
        ("official", "as the data came split"),
        ("given", "split file"),
    ],
)
def test_the_sentence_says_whose_leak_it_is(protocol, words):
    rows = (("train", {"group": "p"}), ("test", {"group": "p"}), ("val", {"sha256": "e"}), ("test", {"sha256": "e"}))
    sentence = verdict(leakage.audit(frame(*rows, protocol=protocol), "report"))
    assert sentence.startswith(
        "LEAKS: 1 group (2 examples) and 1 cluster of exact copies (2 examples) in more than one of"
    )
    assert words in sentence


def test_json_there_and_back_and_sorted(tmp_path):
    rows = (*CLEAN, ("train", {"near": "n", "part": "test"}), ("", {"dropped": "unreadable: x"}))
    one = leakage.audit(frame(*rows), "join")
    other = leakage.audit(frame(*rows).sample(frac=1, random_state=1), "join")
    path = tmp_path / "set.leakage.json"
    files.write_json(path, one.model_dump())
    assert leakage.Audit.model_validate_json(path.read_text()) == one == other


@pytest.mark.parametrize("near_copies", ["join", "report"])
@pytest.mark.parametrize("seed", range(5))
def test_a_grouped_split_never_leaks(seed, near_copies):
    rng = np.random.default_rng(seed)
    n = 600
    result = frame(*[("", {})] * n).assign(
        group=[f"g{i}" for i in rng.integers(0, 250, n)],
        sha256=[f"s{i}" for i in np.where(rng.random(n) < 0.1, rng.integers(0, 40, n), 1000 + np.arange(n))],
        near=[f"n{i}" if i < 60 else "" for i in rng.integers(0, 600, n)],
        label=rng.integers(0, 3, n).astype(float),
    )
    keys = ["group", "sha256", *(["near"] if near_copies == "join" else [])]
    unit = folds.join(*(result[key].tolist() for key in keys))
    fold = folds.assign(result["label"].to_numpy(np.int64), unit, seed)
    result["split"] = np.array(["test", "val", *["train"] * 8])[fold]
    assert not leakage.audit(result, near_copies).used.leaks
    alone = folds.assign(result["label"].to_numpy(np.int64), np.arange(n), seed)
    result["split"] = np.array(["test", "val", *["train"] * 8])[alone]
    assert leakage.audit(result, near_copies).used.leaks
