"""How a network is trained, as `params.yaml` says it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from cnnbench.config.section import Fraction, Positive, Rate, Section

Monitor = Literal["val_loss", "val_accuracy"]


class Constant(Section):
    """A rate that stays."""

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
        rotation: At most so much of a full turn, either way.
        zoom: In or out by at most this share of the side.
        shift: By at most this share of the side.
        fill: How pixels from outside are made up.
        brightness: Lighter or darker by at most this share of the range.
        contrast: More or less by at most this share.
    """

    flip: Literal["none", "horizontal", "vertical", "horizontal_and_vertical"]
    rotation: Fraction
    zoom: Fraction
    shift: Fraction
    fill: Literal["nearest", "constant", "reflect", "wrap"]
    brightness: Fraction = 0.0
    contrast: Fraction = 0.0


Optimizer = Literal["adam", "rmsprop", "adadelta"]
Loss = Literal["binary_crossentropy", "sparse_categorical_crossentropy", "categorical_crossentropy", "mse"]
Schedule = Annotated[Constant | Exponential | Plateau | Cosine, Field(discriminator="name")]
Penalty = Annotated[float, Field(ge=0)]


class Recipe(Section):
    """How a network is trained; the defaults are a fair start on images of one's own.

    Attributes:
        optimizer: As Keras calls it.
        lr: Learning rate, per optimiser step.
        schedule: How the rate goes on.
        loss: As Keras calls it; it decides the last layer.
        batch_size: Examples per optimiser step.
        epochs: Passes over the training part.
        early_stopping: When training ends sooner.
        augmentation: Random changes of training images.
        l2: Weight of the L2 penalty on the hidden dense layers.
        standardise: Whether inputs are scaled to mean 0 and spread 1, by the training part's own figures.
        sensitivity: Of the second of two classes, on validation data, at the operating point; None for the point of
            highest balanced accuracy there. It decides no weight, only the figures "at the threshold".
        class_weights: Whether each class weighs as much as any other in the loss, however many examples it has.
    """

    optimizer: Optimizer = "adam"
    lr: Rate = 1e-3
    schedule: Schedule = Constant()
    loss: Loss = "sparse_categorical_crossentropy"
    batch_size: Positive = 32
    epochs: Positive
    early_stopping: EarlyStopping | None = None
    augmentation: Augmentation | None = None
    l2: Penalty = 0.0
    standardise: bool = False
    class_weights: bool = False
    sensitivity: Annotated[float, Field(gt=0, le=1)] | None = None


class Quick(Section):
    """What `profile: quick` sets in a recipe; None leaves it as published."""

    lr: Rate | None = None
    epochs: Positive | None = None
    batch_size: Positive | None = None
