"""Knobs of a recipe that do not go together are refused in one line, wherever they come from."""

import pytest
from toys import SHIPPED, refused

from cnnbench.config import Recipe, yaml_file
from cnnbench.config.loading import validate
from cnnbench.planning import existence

RUN = "mnist-mnist_cnn"
FLIP = {"flip": "horizontal", "rotation": 0.0, "zoom": 0.0, "shift": 0.0, "fill": "nearest"}
PLATEAU = {"name": "plateau", "monitor": "val_accuracy", "factor": 0.5, "patience": 1, "min_lr": 0.0}
WEIGHTS = {"lite": {"architecture": "efficientnet_lite0", "source": "package"}}


def settings(recipe, weights="none", features=None, **more):
    """params.yaml with one run, of EfficientNet-Lite0 on MNIST, with these knobs in its recipe."""
    content = yaml_file.read(SHIPPED)
    run = {"dataset": "mnist", "architecture": "efficientnet_lite0", "weights": weights}
    run["recipe"] = {"epochs": 5} | recipe
    run |= {key: more.pop(key) for key in ("tuned", "quick") if key in more}
    named = {
        name: {"architecture": "efficientnet_lite0", "weights": "lite"} | one for name, one in (features or {}).items()
    }
    sections = {"datasets": {"mnist": content["datasets"]["mnist"]}, "runs": {"r": run}, "thresholds": {}}
    return validate(content | sections | {"weights": WEIGHTS, "features": named} | more)


@pytest.mark.parametrize(
    ("recipe", "message"),
    [
        ({"momentum": 0.9}, "momentum and nesterov with optimizer: sgd alone, received adam"),
        ({"nesterov": True, "optimizer": "sgd"}, "a momentum with nesterov: true, received 0"),
        ({"weight_decay": 0.1}, "weight_decay with optimizer: adamw or sgd, received adam"),
        (
            {"warm_up": 0.1, "schedule": {"name": "exponential", "decay_steps": 5, "decay_rate": 0.5}},
            "warm_up with schedule: constant or cosine, received exponential",
        ),
        ({"head_epochs": 5}, r"fewer head_epochs than epochs \(5\), which count them, received 5"),
        ({"head_lr": 0.1}, "head_lr with head_epochs, received no head_epochs"),
        ({"loss": "mse", "label_smoothing": 0.1}, "label_smoothing: 0 with loss: mse, .* received 0.1"),
        ({"loss": "mse", "mixup": 0.2}, "mixup: 0 with loss: mse, .* received 0.2"),
        ({"loss": "mse", "cutmix": 1.0}, "cutmix: 0 with loss: mse, .* received 1"),
        (
            {"loss": "mse", "early_stopping": {"monitor": "val_accuracy", "patience": 1, "restore_best": True}},
            "monitor: val_loss in early_stopping with loss: mse, which has no accuracy, received val_accuracy",
        ),
        (
            {"loss": "mse", "schedule": PLATEAU},
            "monitor: val_loss in schedule with loss: mse, which has no accuracy, received val_accuracy",
        ),
    ],
)
def test_what_does_not_go_together_is_refused(recipe, message):
    for place in ("recipe", "tuned"):
        given = {"recipe": recipe} if place == "recipe" else {"recipe": {}, "tuned": recipe}
        with refused(f"^Expected {message} in params.yaml at runs.r(.{place})?"):
            settings(**given, weights="lite")


@pytest.mark.parametrize("recipe", [{"freeze": "all"}, {"freeze": "block3"}, {"head_epochs": 2}])
def test_what_starts_from_nothing_freezes_nothing(recipe):
    with refused(r"^Expected freeze: none and no head_epochs in recipe of a run without weights, .* received freeze: "):
        settings(recipe)
    assert settings(recipe, "lite").run("r").recipe.keeps_weights


def test_what_the_profile_and_the_top_level_set_has_to_go_with_the_recipe():
    recipe = {"head_epochs": 3}
    for more in ({"epochs": 3}, {"quick": {"epochs": 2}}):
        knobs = settings(recipe, "lite", **more)
        message = r"Expected fewer head_epochs than epochs \(\d\), which count them, received 3 in runs.r with what"
        with refused(message):
            knobs.run("r")
        with refused(message):
            existence.check(knobs)
    assert settings(recipe, "lite", epochs=4).run("r").recipe.epochs == 4
    plateau = {"name": "plateau", "monitor": "val_loss", "factor": 0.5, "patience": 1, "min_lr": 0.0}
    with refused(r"Expected warm_up with schedule: constant or cosine, received plateau in runs.r with what"):
        settings({"warm_up": 0.1}, quick={"schedule": plateau}).run("r")


@pytest.mark.parametrize("recipe", [{"augmentation": FLIP}, {"mixup": 0.2}, {"cutmix": 1.0}])
def test_what_changes_images_is_refused_where_all_epochs_read_features(recipe):
    message = (
        "^Expected no augmentation, mixup or cutmix in runs.r.recipe, all of whose epochs read the features f in place"
    )
    for layer in ("all", "block10"):
        with refused(message):
            settings({"freeze": layer} | recipe, "f", {"f": {"dataset": "mnist", "layer": layer}})
    # the epochs after the head's read images
    assert settings({"head_epochs": 2} | recipe, "f", {"f": {"dataset": "mnist"}})


def test_features_that_no_epoch_would_read_are_refused():
    with refused(r"^Expected head_epochs or freeze: all in runs.r.recipe, which starts from the features f of all"):
        settings({}, "f", {"f": {"dataset": "mnist"}})
    with refused(r"^Expected freeze: block10 in runs.r.recipe, as its features f are, received none"):
        settings({"head_epochs": 1}, "f", {"f": {"dataset": "mnist", "layer": "block10"}})


def test_published_recipes_have_none_of_it():
    for run in validate(yaml_file.read(SHIPPED)).runs.values():
        if run.weights == "none":
            assert not run.recipe.keeps_weights
    recipe = Recipe(epochs=1)
    off = (recipe.mixes, recipe.ema, recipe.label_smoothing, recipe.clip_norm, recipe.weight_decay)
    assert not any(off)
