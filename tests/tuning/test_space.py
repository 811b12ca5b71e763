"""The knobs of a run, and recipes with values of them."""

import pytest
from toys import SHIPPED, refused

from cnnbench import config
from cnnbench.tuning import space

DIGITS, HOUSES, FILMS = "mnist-mnist_cnn", "boston_housing-conv1d", "chest_xray-chest_cnn"
IMAGE = (28, 28, 3)


def params(run=DIGITS, profile="full", top=None, **changes):
    """The shipped file with changes of one run."""
    shipped = config.load(SHIPPED)
    changed = config.Run.model_validate(shipped.runs[run].model_dump(exclude={"tuned", "published"}) | changes)
    return shipped.model_copy(update={"profile": profile, "runs": shipped.runs | {run: changed}, **(top or {})})


def searched(planned):
    return [knob.name for knob in planned.knobs]


def test_default_ranges_lie_around_the_recipe():
    rate, strength = space.plan(params(FILMS), FILMS, IMAGE).knobs
    assert rate == space.Knob("lr", 1e-4, 1e-5, 1e-3, is_log=True)
    assert strength == space.Knob("augmentation", 1.0, 0.0, 2.0, step=0.25)


def test_a_row_of_features_has_no_augmentation():
    planned = space.plan(params(HOUSES), HOUSES, (13, 1))
    assert searched(planned) == ["lr"]
    assert planned.left_out["augmentation"] == "the data are no images"


@pytest.mark.parametrize("optimizer", ["adamw", "sgd"])
def test_weight_decay_goes_with_optimizers_that_have_one(optimizer):
    recipe = config.load(SHIPPED).runs[DIGITS].recipe.model_dump() | {"optimizer": optimizer}
    planned = space.plan(params(recipe=recipe), DIGITS, IMAGE)
    assert searched(planned) == ["lr", "weight_decay", "augmentation"]
    # the recipe has none: the nearest that a logarithm takes
    assert planned.knobs[1].start == 1e-5


def test_what_comes_after_the_recipe_is_not_searched():
    assert "lr" not in searched(space.plan(params(FILMS, profile="quick"), FILMS, IMAGE))
    assert "lr" not in searched(space.plan(params(top={"lr": 0.1}), DIGITS, IMAGE))


def test_ranges_of_the_run_replace_the_defaults():
    stated = {"lr": [0.1, 0.4], "augmentation": None, "label_smoothing": [0.0, 0.12], "l2": [1e-5, 1e-3]}
    knobs = space.plan(params(search=stated), DIGITS, IMAGE).knobs
    assert [(knob.name, knob.low, knob.high, knob.start) for knob in knobs] == [
        ("lr", 0.1, 0.4, 0.4),
        ("label_smoothing", 0.0, 0.1, 0.0),
        ("l2", 1e-5, 1e-3, 1e-5),
    ]


def test_weights_can_be_frozen_whole_in_part_or_not():
    run = params("brain_tumor-vgg16").runs["brain_tumor-vgg16"].model_dump(exclude={"quick"})
    weights = {"vgg": config.Weights(architecture="vgg16", source="keras")}
    changed = params("brain_tumor-vgg16", weights="vgg", recipe=run["recipe"] | {"head_epochs": 2, "head_lr": 0.1})
    changed = changed.model_copy(update={"weights": weights})
    knob = space.plan(changed, "brain_tumor-vgg16", IMAGE).knobs[-1]
    assert (knob.name, knob.start) == ("freeze", "none")
    assert knob.choices[0] == "all"
    assert knob.choices[-1] == "none"
    assert len(knob.choices) == 3
    recipe = changed.runs["brain_tumor-vgg16"].recipe
    assert space.apply(recipe, {"freeze": "block3"}).head_epochs == 2
    frozen = space.apply(recipe, {"freeze": "all"})
    assert (frozen.freeze, frozen.head_epochs, frozen.head_lr) == ("all", 0, None)
    assert space.changes(recipe, recipe, {"freeze": "all"}) == {"freeze": "all", "head_epochs": 0, "head_lr": None}


def test_a_block_that_the_network_has_not_is_refused_before_any_trial():
    weights = {"vgg": config.Weights(architecture="vgg16", source="keras")}
    changed = params(
        "brain_tumor-vgg16", weights="vgg", search={"freeze": ["none", "block33"]}, top={"weights": weights}
    )
    with refused(r"Expected a block of vgg16 among all, block1, .* received 'block33' \(did you mean block3"):
        space.plan(changed, "brain_tumor-vgg16", IMAGE)


def test_an_augmentation_is_scaled():
    films = config.load(SHIPPED).runs[FILMS].recipe
    made = space.apply(films, {"augmentation": 1.5}).augmentation
    assert (made.flip, made.rotation, made.zoom, made.brightness) == ("horizontal", 0.15, 0.15, 0.0)
    assert space.apply(films, {"augmentation": 0.0}).augmentation is None
    usual = space.apply(config.load(SHIPPED).runs[DIGITS].recipe, {"augmentation": 1.0}).augmentation
    assert usual == space.USUAL


def test_a_recipe_whose_values_do_not_go_together_is_refused():
    recipe = config.load(SHIPPED).runs[DIGITS].recipe
    with refused("Expected weight_decay with optimizer: adamw or sgd, received adadelta among the searched"):
        space.apply(recipe, {"weight_decay": 0.1})


def test_only_differences_are_written():
    films = config.load(SHIPPED).runs[FILMS].recipe
    assert space.changes(films, films, {"lr": films.lr, "augmentation": 1.0}) == {}
    # the profile's batch size is no choice of the search
    tried = films.model_copy(update={"batch_size": 7})
    assert space.changes(films, tried, {"lr": 0.5, "augmentation": 0.0}) == {"lr": 0.5, "augmentation": None}
