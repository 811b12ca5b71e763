"""The network that a run trains, with the weights that it starts from, and the part of it that a phase trains."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnnbench import networks
from cnnbench.config import Recipe, Run
from cnnbench.data.records.schema import Records
from cnnbench.features.layers import between
from cnnbench.training import augmentation
from cnnbench.training.precision import computing_in
from cnnbench.weights import weight_files

if TYPE_CHECKING:
    import keras


def build(
    run: Run, records: Records, units: int, activation: str, train_folds: list[int], start: Path | None
) -> keras.Model:
    """Builds a run's network, and puts in the weights of the folder `start`, if there is one.

    Raises:
        UserError: Network, weights and data do not fit each other.
    """
    recipe = run.recipe
    # of the training folds alone: anything of the test folds in it would be a leak
    scale = records.scale(train_folds) if recipe.standardise else None
    with computing_in(recipe.mixed_precision):
        network = networks.build(
            run.architecture,
            records.shape,
            units,
            activation,
            l2=recipe.l2,
            scale=scale,
            pretrained=start is not None,
        )
    if start:
        networks.set_weights(network, weight_files.read(start).arrays)
    return network


def freeze(network: keras.Model, layer: str | None) -> None:
    """Freezes the layers of a network that has started from weights up to one of them, and all batch normalisation.

    Batch statistics of few examples would undo what these layers have learned: measured on breast patches, log loss
    0.491 against 0.430. A layer that is frozen uses the statistics that it has.
    """
    import keras

    below = between(network, None, layer).layers if layer else []
    for one in network.layers:
        one.trainable = one not in below and not isinstance(one, keras.layers.BatchNormalization)


def with_augmentation(network: keras.Model, recipe: Recipe, seed: int, frozen: str | None = None) -> keras.Model:
    """A model of augmentation and network, to be trained; the network alone is saved.

    Args:
        network: The network.
        recipe: With the augmentation.
        seed: Of the run.
        frozen: The layer up to which the network is frozen: these layers predict, without dropout, in training too.
    """
    import keras

    inputs = keras.Input(network.input_shape[1:], dtype=network.inputs[0].dtype, name="examples")
    x: Any = inputs
    for layer in augmentation.build_layers(recipe.augmentation, seed) if recipe.augmentation else []:
        x = layer(x)
    if frozen:
        outputs = between(network, frozen, None)(between(network, None, frozen)(x, training=False))
    else:
        outputs = network(x)
    return keras.Model(inputs, outputs, name="training")


def count_trained(model: keras.Model) -> int:
    """The number of parameters that a training of this model changes."""
    import keras

    return sum(int(keras.ops.size(variable)) for variable in model.trainable_variables)
