"""What image networks share: the first layers, from stored pixels to floats within 0..1, and the head of deep ones."""

from __future__ import annotations

import keras

from cnnbench.core.errors import UserError


def image_input(
    input_shape: tuple[int, ...], *, channels: int | None = 3, minimum: int = 1
) -> tuple[keras.KerasTensor, keras.KerasTensor]:
    """Builds the input, rescaling and, where needed, enlarging layers.

    Args:
        input_shape: (height, width, channels) of the stored images; channels is 1 (grey) or 3 (red, green,
            blue).
        channels: 3 for a network published for colour: a grey image is repeated three times. None for any number.
        minimum: Pixels of the shorter side from which the network's convolutions and pools leave at least one. A
            smaller image is scaled up to it, bilinearly and in proportion.

    Returns:
        The model's input, uint8 (N, height, width, channels), and the tensor to go on from: float (N, h, w,
        c) in 0..1, with h and w at least `minimum`.

    Raises:
        UserError: `input_shape` is not the shape of an image.
    """
    shape = tuple(input_shape)
    if len(shape) != 3 or shape[2] not in (1, 3) or not all(isinstance(n, int) and n > 0 for n in shape):
        raise UserError(
            f"Expected an image of shape (height, width, 1 or 3), received {shape}; "
            "choose an architecture for such data."
        )
    height, width, depth = shape
    # uint8 up to here, since casting in the input pipeline costs as much as reading
    inputs = keras.Input(shape, dtype="uint8", name="image")
    x = keras.layers.Rescaling(1 / 255, name="scale")(inputs)
    if min(height, width) < minimum:
        # Integers throughout: rounding up (-(-a // b)) never falls a pixel short, as a float factor could.
        sides = [-(-side * minimum // min(height, width)) for side in (height, width)]
        # in the model, so that a saved one takes the data set's own images
        x = keras.layers.Resizing(*sides, interpolation="bilinear", name="enlarge")(x)
    # after the enlarging, which then has one channel to do rather than three
    if channels == 3 and depth == 1:
        x = keras.layers.Concatenate(name="grey_to_colour")([x, x, x])
    return inputs, x


def scale_as_caffe(x: keras.KerasTensor) -> keras.KerasTensor:
    """From 0..1 to what the weights of VGG16 and ResNet50 were trained on: 0..255, less ImageNet's mean.

    They come from Caffe, which has blue first; here the first kernel's channels are reversed instead.
    """
    # of red, green and blue. It cannot go into the first bias, since the padding of the convolution is 0 after it
    return keras.layers.Rescaling([255.0] * 3, offset=[-123.68, -116.779, -103.939], name="scale_as_caffe")(x)


def pooled_head(
    inputs: keras.KerasTensor, x: keras.KerasTensor, outputs: int, activation: str, name: str
) -> keras.Model:
    """Ends a network with the mean of each last map, dropout 0.2 and one dense layer.

    Args:
        inputs: Of the network.
        x: The last maps.
        outputs: As in `networks.build`.
        activation: As there.
        name: Of the network.
    """
    x = keras.layers.GlobalAveragePooling2D(name="pool")(x)
    x = keras.layers.Dropout(0.2, name="dropout")(x)
    x = keras.layers.Dense(outputs, activation=activation, dtype="float32", name="output")(x)
    return keras.Model(inputs, x, name=name)


def refuse_l2(name: str, l2: float) -> None:
    """Refuses a penalty for a network that has no hidden dense layer.

    Raises:
        UserError: `l2` is not 0.
    """
    if l2:
        raise UserError(f"Expected l2 of 0 for {name}, which has no hidden dense layer, received {l2}.")
