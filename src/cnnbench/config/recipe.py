"""The recipe of a training in `params.yaml`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from cnnbench.config.section import Fraction, Positive, Rate, Section

NONE = "none"
"""Of `freeze`: all layers are trained."""

Monitor = Literal["val_loss", "val_accuracy"]


class Constant(Section):
    """A constant rate."""

    name: Literal["constant"] = "constant"


class Exponential(Section):
    """A rate that is multiplied by `decay_rate` every `decay_steps` optimiser steps, smoothly."""

    name: Literal["exponential"]
    decay_steps: Positive
    decay_rate: Annotated[float, Field(gt=0, le=1)]


class Plateau(Section):
    """A rate that is multiplied by `factor` when `monitor` has not improved for `patience` epochs."""

    name: Literal["plateau"]
    monitor: Monitor
    factor: Annotated[float, Field(gt=0, lt=1)]
    patience: Positive
    min_lr: Annotated[float, Field(ge=0)]


class Cosine(Section):
    """A rate that falls to zero over the whole training, along half a cosine (Loshchilov and Hutter, 2017)."""

    name: Literal["cosine"]


class EarlyStopping(Section):
    """Ends training when `monitor` has not improved for `patience` epochs."""

    monitor: Monitor
    patience: Positive
    restore_best: bool


class Augmentation(Section):
    """Random changes of training images.

    Attributes:
        flip: Mirror left to right, top to bottom, or both.
        rotation: Largest angle either way, as a share of a full turn.
        zoom, shift: Largest change either way, as a share of the side.
        fill: Rule for pixels from outside of the image.
        brightness: Largest change either way, as a share of the range.
        contrast: Largest relative change either way.
    """

    flip: Literal["none", "horizontal", "vertical", "horizontal_and_vertical"]
    rotation: Fraction
    zoom: Fraction
    shift: Fraction
    fill: Literal["nearest", "constant", "reflect", "wrap"]
    brightness: Fraction = 0.0
    contrast: Fraction = 0.0


Optimizer = Literal["adam", "adamw", "rmsprop", "adadelta", "sgd"]
Loss = Literal["binary_crossentropy", "sparse_categorical_crossentropy", "categorical_crossentropy", "mse"]
# a discriminator, or an error would list the faults of all four kinds
Schedule = Annotated[Constant | Exponential | Plateau | Cosine, Field(discriminator="name")]
Penalty = Annotated[float, Field(ge=0)]
BelowOne = Annotated[float, Field(ge=0, lt=1)]


class Recipe(Section):
    """The settings of a training; the defaults are a fair start on a user's own images.

    Attributes:
        optimizer: Its name in Keras.
        momentum, nesterov: Of `sgd` alone.
        weight_decay: Of `adamw` and `sgd`, decoupled from the gradient (Loshchilov and Hutter, 2019); not of biases and
            normalisation.
        clip_norm: The largest norm of the gradient of all weights; None clips nothing.
        ema: Momentum of a running mean of the weights, which is what is measured and saved; 0 keeps the weights.
        lr: Initial learning rate.
        warm_up: Share of the optimiser steps after those of the head over which the rate first rises from 0, linearly.
        schedule: Change of the rate during training.
        loss: Its name in Keras; it decides the last layer.
        batch_size: Examples per optimiser step.
        epochs: Passes over the training part, those of the head included.
        freeze: Which layers keep the weights that the run starts from: `none`, `all` but the head, or those up to the
            end of a block of the network. Only in a run that starts from weights.
        head_epochs: The first of the epochs, in which all layers but the head keep theirs.
        head_lr: Initial rate in these; None for `lr`.
        early_stopping: None trains all epochs. It acts in the epochs after those of the head.
        augmentation: None leaves the training images as they are. As `mixup` and `cutmix` it acts where images are
            read: not in epochs that read features.
        label_smoothing: Share of a label that is spread over all classes (Szegedy et al., 2016), in training alone.
        mixup: Of the beta distribution of a second image's share (Zhang et al., 2018); 0 mixes none.
        cutmix: As `mixup`, of the area of a second image's patch (Yun et al., 2019); with both, a batch has one.
        mixed_precision: The type that the layers compute in; weights stay float32.
        l2: Weight of the L2 penalty on the hidden dense layers.
        standardise: Whether inputs are scaled to mean 0 and standard deviation 1 of the training part.
        sensitivity: Of the second of two classes, on validation data, at the operating point; None for the point of
            highest balanced accuracy. It changes only the figures "at the threshold", not the training.
        class_weights: Whether the classes have equal total weights in the loss.
    """

    optimizer: Optimizer = "adam"
    momentum: BelowOne = 0.0
    nesterov: bool = False
    weight_decay: Penalty = 0.0
    clip_norm: Rate | None = None
    ema: BelowOne = 0.0
    # Keras' own default for Adam
    lr: Rate = 1e-3
    schedule: Schedule = Constant()
    warm_up: BelowOne = 0.0
    loss: Loss = "sparse_categorical_crossentropy"
    batch_size: Positive = 32
    epochs: Positive
    freeze: str = NONE
    head_epochs: Annotated[int, Field(ge=0)] = 0
    head_lr: Rate | None = None
    early_stopping: EarlyStopping | None = None
    augmentation: Augmentation | None = None
    label_smoothing: BelowOne = 0.0
    mixup: Penalty = 0.0
    cutmix: Penalty = 0.0
    mixed_precision: Literal["none", "bfloat16", "float16"] = "none"
    l2: Penalty = 0.0
    standardise: bool = False
    class_weights: bool = False
    sensitivity: Annotated[float, Field(gt=0, le=1)] | None = None

    @property
    def mixes(self) -> bool:
        """Whether training examples are mixed with one another."""
        return bool(self.mixup or self.cutmix)

    @property
    def keeps_weights(self) -> bool:
        """Whether some layers keep, in some epochs, the weights that the run starts from."""
        return self.freeze != NONE or self.head_epochs > 0

    @model_validator(mode="after")
    def _check(self) -> Self:
        self.check()
        return self

    def check(self) -> None:
        """Checks that the knobs go together.

        Raises:
            ValueError: With what was expected and received.
        """
        if message := next(self._conflicts(), None):
            raise ValueError(message)

    def _conflicts(self) -> Iterator[str]:
        if self.optimizer != "sgd" and (self.momentum or self.nesterov):
            yield f"momentum and nesterov with optimizer: sgd alone, received {self.optimizer}"
        if self.nesterov and not self.momentum:
            yield "a momentum with nesterov: true, received 0"
        if self.weight_decay and self.optimizer not in ("adamw", "sgd"):
            yield f"weight_decay with optimizer: adamw or sgd, received {self.optimizer}"
        if self.warm_up and not isinstance(self.schedule, Constant | Cosine):
            yield f"warm_up with schedule: constant or cosine, received {self.schedule.name}"
        if self.head_epochs >= self.epochs:
            yield f"fewer head_epochs than epochs ({self.epochs}), which count them, received {self.head_epochs}"
        if self.head_lr and not self.head_epochs:
            yield "head_lr with head_epochs, received no head_epochs"
        for key, one in (("schedule", self.schedule), ("early_stopping", self.early_stopping)):
            if self.loss == "mse" and getattr(one, "monitor", "") == "val_accuracy":
                yield f"monitor: val_loss in {key} with loss: mse, which has no accuracy, received val_accuracy"
        for name in ("label_smoothing", "mixup", "cutmix"):
            if self.loss == "mse" and (value := getattr(self, name)):
                yield f"{name}: 0 with loss: mse, since it changes the labels of classes, received {value:g}"


class Quick(Section):
    """Changes of a recipe in `profile: quick`; None changes nothing."""

    lr: Rate | None = None
    epochs: Positive | None = None
    batch_size: Positive | None = None
    schedule: Schedule | None = None
