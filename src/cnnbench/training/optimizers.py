"""The optimiser of a phase, and its rate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cnnbench.config import Cosine, Exponential, Recipe
from cnnbench.training.phases import Phase

if TYPE_CHECKING:
    import keras


def build(recipe: Recipe, phase: Phase, steps: int, model: keras.Model) -> keras.optimizers.Optimizer:
    """Builds the optimiser of a phase.

    Args:
        recipe: The recipe.
        phase: The phase.
        steps: In one of its epochs.
        model: To be trained, with its layers frozen.
    """
    import keras

    kinds = {
        "adam": keras.optimizers.Adam,
        "adamw": keras.optimizers.AdamW,
        "rmsprop": keras.optimizers.RMSprop,
        "adadelta": keras.optimizers.Adadelta,
        "sgd": keras.optimizers.SGD,
    }
    knobs: dict[str, Any] = {}
    if recipe.optimizer == "sgd":
        knobs = {"momentum": recipe.momentum, "nesterov": recipe.nesterov}
    # AdamW has a default of its own, which is not what a recipe without a decay means
    if recipe.weight_decay or recipe.optimizer == "adamw":
        knobs["weight_decay"] = recipe.weight_decay
    if recipe.clip_norm:
        knobs["global_clipnorm"] = recipe.clip_norm
    if recipe.ema:
        knobs |= {"use_ema": True, "ema_momentum": recipe.ema}
    optimizer = kinds[recipe.optimizer](_rate(recipe, phase, (phase.last - phase.first) * steps), **knobs)
    if recipe.weight_decay:
        # biases, and the scales and shifts of a normalisation
        optimizer.exclude_from_weight_decay([one for one in model.trainable_variables if len(one.shape) < 2])
    # small gradients would be 0 in float16
    return keras.optimizers.LossScaleOptimizer(optimizer) if recipe.mixed_precision == "float16" else optimizer


def _rate(recipe: Recipe, phase: Phase, steps: int) -> Any:
    """The rate over so many steps."""
    import keras

    schedules, schedule = keras.optimizers.schedules, recipe.schedule
    if isinstance(schedule, Exponential):
        return schedules.ExponentialDecay(phase.lr, schedule.decay_steps, schedule.decay_rate)
    # below alpha times the rate it does not fall
    alpha = 0.0 if isinstance(schedule, Cosine) else 1.0
    if warm := round(phase.warm_up * steps):
        left = max(steps - warm, 1)
        return schedules.CosineDecay(0.0, left, alpha=alpha, warmup_target=phase.lr, warmup_steps=warm)
    return schedules.CosineDecay(phase.lr, steps) if isinstance(schedule, Cosine) else phase.lr
