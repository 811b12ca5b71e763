"""VGG16 with a small head, from scratch or from ImageNet."""

from __future__ import annotations

import keras

from cnnbench.networks._image import image_input, scale_as_caffe

WIDTHS = ((64, 64), (128, 128), (256, 256, 256), (512, 512, 512), (512, 512, 512))
"""Filters of the 13 convolutions, a pool after each block: column D of the paper's table 1."""

BLOCKS = {f"block{block}": f"block{block}_pool" for block in range(1, 6)}


def build(
    input_shape: tuple[int, ...], outputs: int, activation: str, *, l2: float = 0.0, pretrained: bool = False
) -> keras.Model:
    """Builds the network of `brain_tumor-vgg16`.

    The 13 convolutions (3x3, padding same, relu) and five pools of Simonyan & Zisserman, "Very Deep
    Convolutional Networks for Large-Scale Image Recognition" (2014, arXiv:1409.1556), configuration D, with
    the head of the brain tumour MRI tutorial in place of the paper's: Flatten, Dense 256, softmax. At 224x224x3
    and four classes it has 21,138,500 parameters, 14,714,688 of them in the convolutions.

    The paper started it from the trained layers of a shallower net, since a bad start can stall a net this
    deep (section 3.1). Keras' default (Glorot & Bengio 2010) takes no account of the relu: each halves the
    signal's mean square, which is 5e-8 after the 13th convolution (32x32 images; 2e-2 with the start below),
    and the loss stays at chance for long. The start of He et al., "Delving Deep into Rectifiers" (2015,
    arXiv:1502.01852), makes up for that half: with it the network learns from scratch, in one training.

    From ImageNet its convolutions, which have the names of Keras' own, want other inputs: see `scale_as_caffe`.
    """
    penalty = keras.regularizers.L2(l2) if l2 else None
    inputs, x = image_input(input_shape, minimum=32)  # five halvings leave 1 pixel
    if pretrained:
        x = scale_as_caffe(x)
    for block, widths in enumerate(WIDTHS, start=1):
        for layer, filters in enumerate(widths, start=1):
            x = keras.layers.Conv2D(
                filters,
                3,
                padding="same",
                activation="relu",
                # Keras' default takes no account of the relu, and over 13 layers the signal would die
                kernel_initializer="he_normal",
                name=f"block{block}_conv{layer}",
            )(x)
        x = keras.layers.MaxPooling2D(2, name=f"block{block}_pool")(x)
    x = keras.layers.Flatten(name="flatten")(x)
    x = keras.layers.Dense(
        256, activation="relu", kernel_initializer="he_normal", kernel_regularizer=penalty, name="dense"
    )(x)
    x = keras.layers.Dense(outputs, activation=activation, dtype="float32", name="output")(x)
    return keras.Model(inputs, x, name="vgg16")
