"""Names of classes: two that are one, numbers that were measured, several labels in one; their order."""

import pytest
from own_images import fetch, grow, rows, table
from toys import refused

from cnnbench.data.sources.own import class_names, class_order


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Benign", "benign"),
        ("dog", "dog "),
        ("big dog", "big  dog"),
        ("not_sick", "not sick"),
        ("not-sick", "Not Sick"),
        ("0", "0.0"),
        ("1", "01"),
        ("1", "1e0"),
    ],
)
def test_a_class_of_two_names_is_refused_and_named(one, other, mine, raw):
    with refused(r"differ in more than capitals, spaces or the form of a number, received ") as caught:
        fetch(grow(mine, f"{one}/1.png", f"{other}/1.png", "x/1.png"), raw)
    assert repr(one) in str(caught.value)
    assert repr(other) in str(caught.value)
    assert "source.labels" in str(caught.value)
    assert not list(raw.iterdir())


@pytest.mark.parametrize("names", [("ER+", "ER-"), ("-1", "1"), ("a", "b"), ("1", "1a"), ("cat-dog", "catdog")])
def test_names_that_differ_pass(names):
    class_names.check(names, named=False)


def test_two_names_become_one_by_labels(mine, raw):
    grow(mine, "Benign/1.png", "benign/1.png", "x/1.png", "y/1.png")
    known = fetch(mine, raw, labels={"Benign": "benign", "benign": "benign", "x": "malignant"})
    assert known.counts == {"benign": 2, "malignant": 1}
    assert known.notes[0] == "left out: 1 images whose label source.labels does not name: y (1)"


def numbered(mine, labels):
    grow(mine, *(f"x/{index}.png" for index in range(len(labels))))
    return table(mine, *(f"x/{index}.png,{label}" for index, label in enumerate(labels)))


@pytest.mark.parametrize(
    ("labels", "received"),
    [
        ([*range(60)], "60 different numbers"),
        (["0.5", "1.5"], "2 different numbers, such as '0.5'"),
        ([f"{value}.0" for value in range(30)], "30 different numbers"),
        ([*range(20, 60), "unknown"], "40 different numbers"),
        ([f"{value:03d}Y" for value in range(20, 60)], "40 different numbers, such as '020Y'"),
        ([f'"{value},5"' for value in range(2)], "2 different numbers, such as '0,5'"),
    ],
)
def test_many_numbers_look_like_a_regression(labels, received, mine, raw):
    with refused(rf"Expected classes as labels, received {received}.*: it looks like a regression"):
        fetch(numbered(mine, labels), raw)


def test_numbers_that_are_named_are_classes(mine, raw):
    listed = numbered(mine, range(30))
    assert len(fetch(listed, raw, labels={number: f"sign {number}" for number in range(30)}).classes) == 30


def test_folders_may_be_called_by_any_numbers(mine, raw):
    known = fetch(grow(mine, *(f"{number}/1.png" for number in range(43))), raw)
    assert known.classes == tuple(map(str, range(43)))


@pytest.mark.parametrize(
    "labels",
    [
        ["a", "b", "a,b"],
        ["Atelectasis", "Effusion", "Atelectasis|Effusion"],
        ["a", "a|b", "b|c", "c|a"],
        ["1|0|0", "0|1|0"],
        ["['a']", "['b']", "['a', 'b']"],
    ],
)
def test_several_labels_of_one_image_are_refused(labels):
    with refused("several labels of one image are not supported"):
        class_names.check([label.strip("[]'") if label.count("'") == 2 else label for label in labels], named=False)


def test_a_comma_in_a_name_is_no_second_label():
    class_names.check(["carcinoma", "carcinoma, in situ", "naevus"], named=False)


@pytest.mark.parametrize("text", ["nan", "NaN", "NA", "N/A", "null", "None", "<NA>", ""])
def test_a_label_that_says_nothing_is_refused_and_a_group_is_unknown(text, mine, raw):
    grow(mine, *(f"x/{index}.png" for index in range(4)))
    listed = table(mine, f"x/0.png,{text}", "x/1.png,a", "x/2.png,b")
    with refused(rf"Expected a label in line 2 of .*, received ('{text}'|none): fill it in"):
        fetch(listed, raw)
    known = fetch(listed, raw, labels={"a": "a", "b": "b"})
    assert known.counts == {"a": 1, "b": 1}
    listed = table(mine, f"x/0.png,a,{text}", f"x/1.png,a,{text}", "x/2.png,b,p", header="file,label,group")
    known = fetch(listed, raw)
    assert [group for _, _, group, _ in rows(raw)] == ["x/0.png", "x/1.png", "p"]
    assert "2 of 3 images have no group in the table: each is its own group" in known.notes


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["10", "9", "1", "2"], ["1", "2", "9", "10"]),
        (["grade 10", "grade 2", "grade 1"], ["grade 1", "grade 2", "grade 10"]),
        (["-1", "0.5", "10", "2"], ["-1", "0.5", "2", "10"]),
        (["b", "a10", "a9", "a"], ["a", "a9", "a10", "b"]),
        (["2b", "10a", "x"], ["2b", "10a", "x"]),
        (["²", "1"], ["1", "²"]),
    ],
)
def test_order_is_natural(names, expected):
    assert class_order.sort(names) == expected


POSITIVE = [
    ("malignant", "normal_benign"), ("malignant", "non-malignant"), ("PNEUMONIA", "NORMAL"), ("cancer", "healthy"),
    ("tumor", "no_tumor"), ("tumor", "notumor"), ("abnormal", "normal"), ("1", "0"), ("yes", "no"), ("covid", "other"),
    ("positive", "negative"), ("COVID-19", "Non-COVID"), ("Parasitized", "Uninfected"), ("melanoma", "naevus"),
    ("mass", "control"), ("malignant tumor", "benign tumor"), ("True", "False"), ("b", "a"), ("2", "1"), ("4", "2"),
    ("carcinoma", "benign"), ("Tumour", "Without tumour"), ("fractured", "not fractured"), ("with_mask", "no_mask"),
    ("not_normal", "normal"), ("unhealthy", "healthy"), ("IDC+", "IDC-"), ("DR", "NoDR"), ("cracked", "uncracked"),
    ("lesion", "nonlesion"), ("tumour", "tumour-free"), ("mel", "nv"), ("AD", "CN"),
]  # fmt: skip


@pytest.mark.parametrize(("positive", "other"), POSITIVE)
@pytest.mark.parametrize("turn", [1, -1])
def test_the_positive_class_is_guessed_stated_and_last(positive, other, turn):
    classes, chosen, note = class_order.order((positive, other)[::turn], None)
    assert (classes, chosen) == ((other, positive), positive)
    assert note.startswith(f"positive class: {positive} (")
    assert "source.positive in params.yaml sets it" in note


def test_the_positive_class_that_is_given_comes_last_and_into_source_json(mine, raw):
    grow(mine, "malignant/1.png", "normal_benign/1.png")
    known = fetch(mine, raw)
    assert (known.classes, known.positive) == (("normal_benign", "malignant"), "malignant")
    assert [row[1] for row in rows(raw)] == [1, 0]
    known = fetch(mine, raw, positive="normal_benign")
    assert (known.classes, known.positive) == (("malignant", "normal_benign"), "normal_benign")
    assert known.notes == ("positive class: normal_benign (source.positive)",)


def test_a_positive_class_that_is_none_or_of_three_is_refused(mine, raw):
    grow(mine, "malignant/1.png", "benign/1.png")
    with refused(r"one of the classes benign, malignant as source.positive .*, received 'malign' \(did you mean malig"):
        fetch(mine, raw, positive="malign")
    grow(mine, "other/1.png")
    with refused(r"Expected two classes where source.positive is set in params.yaml, received 3: remove it"):
        fetch(mine, raw, positive="malignant")
    assert fetch(mine, raw).positive == ""
