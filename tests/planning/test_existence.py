import pytest
from ruamel.yaml import YAML
from toys import SHIPPED, refused

from cnnbench import config
from cnnbench.planning import existence

PARAMS = YAML(typ="safe").load(SHIPPED)
RUN = "mnist-mnist_cnn"


def params(**changes):
    return config.Params.model_validate(PARAMS | changes)


def test_all_that_params_names_exists():
    existence.check(params())
    existence.check(params(profile="full"))


@pytest.mark.parametrize(
    ("section", "name", "change", "message"),
    [
        ("runs", RUN, {"architecture": "nosuch"}, r"Expected an architecture among breast_cnn, .*, received 'nosuch'"),
        ("datasets", "mnist", {"definition": "nosuch"}, r"Expected a data set among boston_housing, .*'nosuch'"),
        (
            "runs",
            RUN,
            {"published": {"metric": "acuracy", "value": 0.9}},
            r"Expected runs\.mnist.*metric, received 'acuracy' \(did you mean accuracy\?\)",
        ),
    ],
)
def test_what_does_not_exist_is_one_line(section, name, change, message):
    usual = PARAMS[section]["mnist" if section == "datasets" else RUN]
    with refused(message):
        existence.check(params(**{section: PARAMS[section] | {name: usual | change}}))


def test_a_source_and_a_split_of_the_profile_are_needed():
    mnist = PARAMS["datasets"]["mnist"]
    for quick, message in (
        (mnist["quick"] | {"source": "nosuch"}, "Expected a source of MNIST among packaged, .*, received 'nosuch'"),
        ({"source": "packaged", "examples": None, "size": 28}, r"Expected a key datasets\.mnist\.quick\.split in"),
    ):
        changed = PARAMS["datasets"] | {"mnist": mnist | {"quick": quick}}
        with refused(message):
            existence.check(params(datasets=changed))
        existence.check(params(datasets=changed, profile="full"))


@pytest.mark.parametrize(
    "setting",
    [
        {"path": "x"},
        {"labels": {"a": "b"}},
        {"positive": 1},
        {"attributes": ["sex"]},
        {"columns": {}},
        {"root": "x"},
        {"where": {"a": "b"}},
    ],
)
def test_settings_of_own_images_with_another_source_are_refused(setting):
    mnist = PARAMS["datasets"]["mnist"]
    quick = mnist["quick"] | {"source": {"name": "packaged"} | setting}
    key = rf"datasets\.mnist\.quick\.source\.{next(iter(setting))}"
    with refused(rf"Expected {key} in params.yaml with source: {{name: folder, ...}} alone, received it with packaged"):
        existence.check(params(datasets=PARAMS["datasets"] | {"mnist": mnist | {"quick": quick}}))


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ({"architecture": "nosuch", "source": "package"}, "Expected an architecture among .*, received 'nosuch'"),
        ({"architecture": "vgg16", "source": "package"}, "Expected efficientnet_lite0 for weights.mine with source"),
        ({"architecture": "vgg16", "source": "file"}, r"Expected a path in weights\.mine\.source, received none"),
    ],
)
def test_weights_that_no_source_has_are_refused(weights, message):
    with refused(message):
        existence.check(params(weights=PARAMS["weights"] | {"mine": weights}))


def test_only_the_runs_asked_for_are_looked_at():
    runs = PARAMS["runs"] | {"mnist-nosuch": PARAMS["runs"][RUN] | {"architecture": "nosuch"}}
    existence.check(params(runs=runs), [RUN])
    with refused("'nosuch'"):
        existence.check(params(runs=runs), ["mnist-nosuch"])
