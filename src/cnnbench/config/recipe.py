"""The recipe of a training in `params.yaml`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from cnnbench.config.section import Fraction, Positive, Rate, Section

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


Optimizer = Literal["adam", "rmsprop", "adadelta"]
Loss = Literal["binary_crossentropy", "sparse_categorical_crossentropy", "categorical_crossentropy", "mse"]
# a discriminator, or an error would list the faults of all four kinds
Schedule = Annotated[Constant | Exponential | Plateau | Cosine, Field(discriminator="name")]
Penalty = Annotated[float, Field(ge=0)]


class Recipe(Section):
    """The settings of a training; the defaults are a fair start on a user's own images.

    Attributes:
        optimizer: Its name in Keras.
        lr: Initial learning rate.
        schedule: Change of the rate during training.
        loss: Its name in Keras; it decides the last layer.
        batch_size: Examples per optimiser step.
        epochs: Passes over the training part.
        early_stopping: None trains all epochs.
        augmentation: None leaves the training images as they are.
        l2: Weight of the L2 penalty on the hidden dense layers.
        standardise: Whether inputs are scaled to mean 0 and standard deviation 1 of the training part.
        sensitivity: Of the second of two classes, on validation data, at the operating point; None for the point of
            highest balanced accuracy. It changes only the figures "at the threshold", not the training.
        class_weights: Whether the classes have equal total weights in the loss.
    """

    optimizer: Optimizer = "adam"
    # Keras' own default for Adam
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
    """Changes of a recipe in `profile: quick`; None changes nothing."""

    lr: Rate | None = None
    epochs: Positive | None = None
    batch_size: Positive | None = None
    schedule: Schedule | None = None
