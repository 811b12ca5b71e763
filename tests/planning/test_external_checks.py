"""Tests on other data and corruptions in params.yaml: what cannot be measured is one line before anything runs."""

import copy

import pytest
from ruamel.yaml import YAML
from toys import SHIPPED, refused

from cnnbench.config.loading import validate
from cnnbench.planning import existence

PARAMS = YAML(typ="safe").load(SHIPPED)
RUN, OTHER = "skin_cancer-skin_cnn", "skin_cancer_b"
TEST = {"run": RUN, "trained_on": "skin_cancer", "dataset": OTHER}


def params(test=None, *, size=64, definition="skin_cancer", corruptions=None, **more):
    """params.yaml with a second set of skin lesions, a test on it and corruptions."""
    content = copy.deepcopy(PARAMS)
    other = copy.deepcopy(content["datasets"][definition])
    other["quick"]["size"] = size
    content["datasets"][OTHER] = other
    return content | {"tests": {"there": test or TEST}, "corruptions": corruptions or {}} | more


def check(content):
    existence.check(validate(content))


def test_a_test_on_the_same_classes_needs_no_more_than_names():
    check(params())
    check(params(TEST | {"part": "test", "classes": {"benign": "benign", "malignant": "malignant"}}))
    check(params(TEST | {"classes": None}, corruptions={RUN: {"dataset": "skin_cancer", "kinds": "all"}}))
    assert validate(
        params(corruptions={RUN: {"dataset": "skin_cancer", "kinds": ["shift", "blur", "blur"]}})
    ).corruptions[RUN].kinds == ("blur", "shift")


@pytest.mark.parametrize(
    ("test", "message"),
    [
        ({"run": "skin_cancer-skin_cnm"}, r"a run among .* as tests\.there\.run, received .*did you mean skin_cancer-"),
        (
            {"trained_on": "mnist"},
            rf"skin_cancer, the data set of {RUN}, as tests\.there\.trained_on, received 'mnist'",
        ),
        ({"dataset": "nosuch"}, r"a data set among .* as tests\.there\.dataset, received 'nosuch'"),
        ({"dataset": "skin_cancer"}, r"another data set than that of its run as tests\.there\.dataset"),
        (
            {"dataset": "chest_xray"},
            r"a class of the network, benign, malignant, or null, for each of NORMAL, PNEUMONIA",
        ),
        ({"dataset": "mnist"}, r"size: \[64, 64\] as datasets\.mnist\.quick\.size .* received \[28, 28\]"),
        ({"dataset": "boston_housing"}, r"size: \[64, 64\] as datasets\.boston_housing\.quick\.size .* received None"),
        ({"classes": {"melanoma": "malignant"}}, r"keys of tests\.there\.classes in params.yaml, received 'melanoma'"),
        ({"classes": {"benign": "melanoma"}}, r"values of tests\.there\.classes .* received 'melanoma'"),
        (
            {"classes": {"benign": "malignant"}},
            r"for each of the network's benign, malignant, received none for 'benign'",
        ),
        ({"classes": {"benign": None}}, "received none for 'benign': map one to it"),
        ({"part": "val"}, r"tests\.there\.part"),
    ],
)
def test_a_test_that_does_not_fit_is_one_line(test, message):
    with refused(message):
        check(params(TEST | test))


def test_a_network_for_numbers_is_tested_on_none_but_its_own():
    content = params(definition="boston_housing", size=None)
    content["tests"]["there"] = {"run": "boston_housing-conv1d", "trained_on": "boston_housing", "dataset": OTHER}
    with refused(r"Expected a classification on both sides of tests\.there, received a regression"):
        check(content)


def test_a_size_of_another_profile_does_not_matter():
    content = params(size=32)
    with refused(rf"datasets\.{OTHER}\.quick\.size"):
        check(content)
    check(content | {"profile": "full"})


def test_a_test_bears_no_name_of_a_run():
    with refused(f"names of tests that no run has, received {RUN} as both"):
        check(params() | {"tests": {RUN: TEST}})


@pytest.mark.parametrize(
    ("run", "entry", "message"),
    [
        ("nosuch", {"dataset": "mnist"}, r"a run among .* as a key of corruptions"),
        (RUN, {"dataset": "mnist"}, rf"skin_cancer, the data set of {RUN}, as corruptions\.{RUN}\.dataset"),
        (RUN, {"dataset": "skin_cancer", "kinds": ["fog"]}, "corruptions among gaussian_noise, .* received 'fog'"),
        (RUN, {"dataset": "skin_cancer", "kinds": []}, r"all, or a list of gaussian_noise, .* received \[\]"),
        (RUN, {"dataset": "skin_cancer", "kinds": "fog"}, "all, or a list of gaussian_noise, .* received 'fog'"),
        (
            "boston_housing-conv1d",
            {"dataset": "boston_housing"},
            "Expected a run on images as corruptions.boston_housing",
        ),
    ],
)
def test_corruptions_that_do_not_fit_are_one_line(run, entry, message):
    with refused(message):
        check(params(corruptions={run: entry}))


@pytest.mark.parametrize("key", ["tests", "corruptions"])
def test_what_stands_in_a_run_is_told_where_it_belongs(key):
    content = copy.deepcopy(PARAMS)
    content["runs"][RUN][key] = ["x"]
    with refused(f"{key}: at the top level of params.yaml"):
        check(content)
