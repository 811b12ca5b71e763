from pathlib import Path

import pytest

from cnnbench import params
from cnnbench.errors import UserError

SHIPPED = Path(__file__).parent.parent / "params.yaml"


@pytest.fixture
def edited(tmp_path):
    """Loads the shipped params.yaml with one text replaced."""

    def load(old, new):
        text = SHIPPED.read_text()
        assert old in text
        path = tmp_path / "params.yaml"
        path.write_text(text.replace(old, new, 1))
        return params.load(path)

    return load


def test_shipped_file_names_the_nine_runs():
    assert list(params.load(SHIPPED).runs) == [
        "patch_camelyon-pcam_cnn",
        "breast_histopathology-breast_cnn",
        "chest_xray-chest_cnn",
        "brain_tumor-plain_cnn",
        "brain_tumor-vgg16",
        "mnist-mnist_cnn",
        "cifar10-cifar_cnn",
        "boston_housing-conv1d",
        "skin_cancer-skin_cnn",
    ]


@pytest.mark.parametrize(
    ("written", "value"), [("1e-05", 1e-5), ("1e-4", 1e-4), ("5e-06", 5e-6), (".001", 1e-3), ("1", 1)]
)
def test_rates_as_dvc_writes_them_are_numbers(edited, written, value):
    assert edited("lr: null ", f"lr: {written} ").lr == value


def test_top_level_knobs_override_the_profile_and_the_profile_the_recipe(edited):
    name = "chest_xray-chest_cnn"
    shipped = params.load(SHIPPED)
    assert shipped.run(name).recipe.epochs == shipped.runs[name].quick.epochs != shipped.runs[name].recipe.epochs
    full = edited("profile: quick", "profile: full")
    assert full.run(name).recipe == full.runs[name].recipe
    assert {run.recipe.epochs for run in map(edited("\nepochs: null", "\nepochs: 3").run, shipped.runs)} == {3}
    assert {run.seed for run in map(edited("\nseed: null", "\nseed: 7").run, shipped.runs)} == {7}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("\nlr: null", "\nlr: abc", "Expected lr in .* to be a number, received 'abc'"),
        ("\nlr: null", "\nlr: '1e-3'", "Expected lr in .* to be a number, received '1e-3'"),
        ("\nlr: null", "\nlr: -1", "to be greater than 0, received -1"),
        ("\nlr: null", "\nlr: 0", "to be greater than 0, received 0"),
        ("\nlr: null", "\nlr: .nan", "to be a finite number, received nan"),
        ("\nepochs: null", "\nepochs: 2.5", "Expected epochs in .* to be an integer, received 2.5"),
        ("\nseed: null", "\nseed: true", "Expected seed in .* to be an integer, received True"),
        ("train: 0.8", "train: 0.7", r"Expected shares that sum to 1, received 0.7 \+ 0.1 \+ 0.1 = 0.9 .* at split"),
        ("train: 0.8", "train: 0.85", "sum to 1"),
        ("profile: quick", "profile: slow", "Expected profile in .* to be 'quick' or 'full', received 'slow'"),
        ("optimizer: adadelta", "optimizer: sgd", "to be 'adam', 'rmsprop' or 'adadelta', received 'sgd'"),
        (
            "dataset: mnist",
            "dataset: mnst",
            "Expected a data set among .* as runs.mnist-mnist_cnn.dataset, received 'mnst'",
        ),
        ("name: exponential", "name: cosine", "to be one of 'constant', 'exponential', 'plateau', received 'cosine'"),
        ("threads: 2", "thread: 2", "Expected a key threads"),
        ("profile: quick", "profile: quick\nextra: 1", "Expected only known keys in .*, received extra"),
        ("accuracy: {min:", "accuracy: {floor:", "either {min: number} or {max: number}, received {'floor'"),
        ("\nsplit:", "\nsplit: [", "Expected valid YAML in .*, line"),
    ],
)
def test_bad_values_get_one_line_that_says_what_was_expected(edited, old, new, message):
    with pytest.raises(UserError, match=message) as caught:
        edited(old, new)
    assert "\n" not in str(caught.value)


def test_missing_file_says_where_to_run(tmp_path):
    with pytest.raises(
        UserError, match=r"Expected a file .*params.yaml .* received none: run this in the repository root"
    ):
        params.load(tmp_path / "params.yaml")


def test_unknown_run_and_data_set_list_the_known():
    shipped = params.load(SHIPPED)
    with pytest.raises(UserError, match=r"Expected a run among patch_camelyon-pcam_cnn, .* received 'nosuch'"):
        shipped.run("nosuch")
    with pytest.raises(UserError, match=r"Expected a data set among patch_camelyon, .* received 'nosuch'"):
        shipped.data("nosuch")


def test_folds_turn_so_that_each_tests_once():
    split = params.Split(train=0.8, val=0.1, test=0.1, seed=0)
    assert split.folds(0) == {"train": [2, 3, 4, 5, 6, 7, 8, 9], "val": [1], "test": [0]}
    assert split.folds(9) == {"train": [1, 2, 3, 4, 5, 6, 7, 8], "val": [0], "test": [9]}
    assert [split.folds(fold)["test"] for fold in range(10)] == [[fold] for fold in range(10)]
    wide = params.Split(train=0.6, val=0.2, test=0.2, seed=0)
    assert wide.folds(0) == {"train": [4, 5, 6, 7, 8, 9], "val": [2, 3], "test": [0, 1]}
