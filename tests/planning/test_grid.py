"""Data sets x networks added to params.yaml."""

import pytest
from toys import SHIPPED, refused

from cnnbench import config, networks
from cnnbench.planning import grid, params_file
from cnnbench.training import trainer

OWN = """\
  lesions:
    definition: folder
    quick: &lesions {source: {name: folder, path: x}, examples: null, size: 64}
    full: *lesions
"""


def planned(path, *arguments):
    return {pair.name: pair for pair in grid.plan(config.load(path), *arguments).pairs}


def add(path, *arguments):
    """Adds what is missing and returns its names."""
    pairs = grid.plan(config.load(path), *arguments).pairs
    params_file.add(path, pairs)
    return [pair.name for pair in pairs]


def change(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def with_own_images(path):
    change(path, "\n# Weights", OWN + "\n# Weights")


def test_pairs_are_added_after_the_runs_of_their_data_set_and_nothing_else_changes(path):
    before = path.read_text()
    names = add(path, ["mnist", "cifar10"], ["plain_cnn", "mnist_cnn"])
    assert names == ["mnist-plain_cnn", "cifar10-plain_cnn", "cifar10-mnist_cnn"], "mnist-mnist_cnn is there"
    knobs = config.load(path)
    order = list(knobs.runs)
    assert order[order.index("mnist-mnist_cnn") + 1] == "mnist-plain_cnn"
    assert order[order.index("cifar10-wrn_10_2") + 1 :][:2] == ["cifar10-plain_cnn", "cifar10-mnist_cnn"]
    kept = iter(path.read_text().splitlines())
    assert all(line in kept for line in before.splitlines()), "a line, or its place, is lost"
    assert knobs.model_copy(update={"runs": {}}) == config.load(SHIPPED).model_copy(update={"runs": {}})
    assert config.load(SHIPPED).runs.items() <= knobs.runs.items()


def test_asking_again_adds_nothing(path):
    asked = (["mnist", "boston_housing"], ["plain_cnn", "conv1d"])
    assert add(path, *asked) == ["mnist-plain_cnn"]
    once = path.read_bytes()
    assert add(path, *asked) == []
    assert path.read_bytes() == once


def test_a_pair_that_is_there_under_another_name_is_there(path):
    change(path, "\n  mnist-mnist_cnn:\n", "\n  digits:\n")
    change(path, "\n  mnist-mnist_cnn: {accuracy", "\n  digits: {accuracy")
    assert planned(path, ["mnist"], ["mnist_cnn"]) == {}


def test_the_recipe_is_the_networks_with_what_suits_the_data(path):
    knobs = config.load(path)
    pair = planned(path, ["chest_xray"], ["plain_cnn"])["chest_xray-plain_cnn"]
    own, films = knobs.runs["brain_tumor-plain_cnn"], knobs.runs["chest_xray-chest_cnn"]
    assert pair.origin == "brain_tumor-plain_cnn"
    assert pair.run.recipe == own.recipe.model_copy(update={"augmentation": films.recipe.augmentation})
    assert films.recipe.augmentation is not None
    assert pair.run.quick == own.quick
    assert (pair.run.tuned, pair.run.published, pair.run.seed, pair.run.fold) == (None, None, 0, 0)
    back = planned(path, ["brain_tumor"], ["chest_cnn"])["brain_tumor-chest_cnn"]
    assert back.run.recipe.augmentation is None, "films may be mirrored; nothing says that of these"


@pytest.mark.parametrize(
    ("dataset", "network", "loss"),
    [
        ("mnist", "chest_cnn", "sparse_categorical_crossentropy"),  # binary in its own recipe
        ("chest_xray", "mnist_cnn", "categorical_crossentropy"),  # goes with two classes too
        ("patch_camelyon", "chest_cnn", "binary_crossentropy"),
    ],
)
def test_the_loss_goes_with_the_classes(path, dataset, network, loss):
    (pair,) = planned(path, [dataset], [network]).values()
    assert pair.run.recipe.loss == loss
    trainer.head(loss, 10 if dataset == "mnist" else 2)


def test_images_of_ones_own_have_an_unknown_number_of_classes(path):
    with_own_images(path)
    (pair,) = planned(path, ["lesions"], ["chest_cnn"]).values()
    assert pair.run.recipe.loss == "sparse_categorical_crossentropy"
    assert pair.run.recipe.augmentation is None
    assert pair.after == "skin_cancer-skin_cnn", "the last run, where the data set has none"


def test_a_regression_has_a_loss_and_something_to_watch_of_its_own(path, monkeypatch):
    """As for rows: a network that takes any input, whose recipe is that of a classification."""
    change(
        path, "early_stopping: {monitor: val_loss, patience: 5", "early_stopping: {monitor: val_accuracy, patience: 5"
    )
    monkeypatch.setattr(grid, "_find_refusal", lambda knobs, run: "")
    (pair,) = planned(path, ["boston_housing"], ["plain_cnn"]).values()
    assert pair.run.recipe.loss == "mse"
    assert pair.run.recipe.early_stopping.monitor == "val_loss"


@pytest.fixture
def new_network(monkeypatch):
    """A network that no run has."""
    monkeypatch.setattr(networks, "names", lambda: ["tiny"])
    monkeypatch.setattr(grid, "_find_refusal", lambda knobs, run: "")
    return "tiny"


def test_a_regression_has_no_labels_to_smooth_or_mix(path):
    change(path, "      label_smoothing: 0.1\n", "      label_smoothing: 0.1\n      mixup: 0.2\n")
    pair = grid._propose(config.load(path), "boston_housing", "wrn_10_2")
    assert (pair.run.recipe.loss, pair.run.recipe.label_smoothing, pair.run.recipe.mixup) == ("mse", 0.0, 0.0)
    assert "Expected an image" in grid.plan(config.load(path), ["boston_housing"], ["wrn_10_2"]).unfit[pair.name]


def test_a_penalty_that_the_network_refuses_is_left_out(path):
    pair = planned(path, ["skin_cancer"], ["mobilenet_v2"])["skin_cancer-mobilenet_v2"]
    assert (pair.origin, pair.run.recipe.l2) == ("skin_cancer-skin_cnn", 0.0)


def test_a_new_network_gets_the_recipe_of_the_data_sets_first_run(path, new_network):
    (pair,) = planned(path, ["mnist"], [new_network]).values()
    digits = config.load(path).runs["mnist-mnist_cnn"]
    assert (pair.origin, pair.run.recipe, pair.run.quick) == ("mnist-mnist_cnn", digits.recipe, digits.quick)


def test_where_both_are_new_it_is_a_fair_start(path, new_network):
    with_own_images(path)
    assert add(path, ["lesions"], [new_network]) == ["lesions-tiny"]
    run = config.load(path).runs["lesions-tiny"]
    assert run.recipe == config.Recipe(epochs=20)
    assert run.quick.epochs == 5
    assert "  lesions-tiny:\n    dataset: lesions\n" in path.read_text()


def test_networks_that_cannot_take_the_data_are_left_out_with_the_reason(path):
    result = grid.plan(config.load(path), ["mnist", "boston_housing"], ["conv1d", "vgg16"])
    assert [pair.name for pair in result.pairs] == ["mnist-vgg16"]
    assert set(result.unfit) == {"mnist-conv1d", "boston_housing-vgg16"}
    assert "Expected rows of shape (features, 1)" in result.unfit["mnist-conv1d"]
    assert "Expected an image of shape" in result.unfit["boston_housing-vgg16"]


def test_a_network_that_cannot_be_built_is_left_out_with_the_reason(path, monkeypatch):
    def build(*arguments, **options):
        raise ValueError("Computed output size\nwould be zero")

    monkeypatch.setattr(networks, "build", build)
    result = grid.plan(config.load(path), ["mnist"], ["plain_cnn"])
    assert result.unfit == {
        "mnist-plain_cnn": "Expected a network that takes inputs of shape (28, 28, 1), received ValueError: "
        "Computed output size would be zero"
    }


def test_alone_data_sets_or_networks_stand_for_all_of_the_others(path):
    shipped = config.load(path)
    of_data = grid.plan(shipped, ["mnist"])
    assert {pair.run.architecture for pair in of_data.pairs} == set(networks.names()) - {"mnist_cnn", "conv1d"}
    of_network = grid.plan(shipped, (), ["vgg16"])
    assert {pair.run.dataset for pair in of_network.pairs} == set(shipped.datasets) - {"brain_tumor", "boston_housing"}


def test_every_pair_can_be_written_and_read_back(path):
    shipped = config.load(path)
    images, rows = len(shipped.datasets) - 1, 1
    for_images = len(networks.names()) - 1  # for images; one for rows
    assert len(add(path)) == images * for_images + rows - len(shipped.runs)
    assert grid.plan(config.load(path)).pairs == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((["nosuch"], ["vgg16"]), "Expected a data set among patch_camelyon.*, received 'nosuch'"),
        ((["mnist"], ["nosuch"]), "Expected an architecture among .*, received 'nosuch'"),
    ],
)
def test_what_does_not_exist_is_one_line(path, arguments, message):
    with refused(message):
        grid.plan(config.load(path), *arguments)


def test_a_name_that_is_taken_is_said(path):
    change(path, "\n  cifar10-cifar_cnn:\n", "\n  mnist-vgg16:\n")
    with refused(r"Expected mnist-vgg16 in .* to be vgg16 on mnist, received another run"):
        grid.plan(config.load(path), ["mnist"], ["vgg16"])


def test_dvc_writes_what_was_added_back_unchanged(path):
    from dvc.utils.serialize import modify_yaml

    add(path, ["mnist", "chest_xray", "breast_histopathology"], ["vgg16", "plain_cnn"])
    before = path.read_text()
    with modify_yaml(path) as content:
        content["recipe"] = "tuned"
    assert path.read_text() == before.replace("recipe: published   ", "recipe: tuned       ", 1)


def test_dvc_reads_what_was_added(path):
    from dvc.utils.serialize import load_yaml

    add(path, ["chest_xray"], ["vgg16"])
    runs = load_yaml(str(path))["runs"]
    run = runs["chest_xray-vgg16"]
    assert run["recipe"]["lr"] == 1e-4
    assert run["recipe"]["augmentation"]["flip"] == "horizontal"
    assert run["quick"] == runs["brain_tumor-vgg16"]["quick"]
