"""CIFAR-10: small photographs in ten classes; its phantom shows ten shapes, and its classes are called after them."""

from cnnbench.data.sets import Dataset
from cnnbench.data.sets.cifar10 import phantom
from cnnbench.data.sources.cifar import CifarBinary
from cnnbench.data.sources.phantom import Phantom
from cnnbench.data.sources.tfds import Tfds

DATASET = Dataset(
    title="CIFAR-10",
    classes=("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"),
    input_shape=(32, 32, 3),
    expected=60_000,
    citation="Krizhevsky: Learning Multiple Layers of Features from Tiny Images. "
    "Technical report, University of Toronto, 2009.",
    licence="none stated; free for research with citation",
    sources={
        "phantom": Phantom(phantom.draw, phantom.SHAPES),
        "tfds": Tfds("cifar10", hint=", or set source: archive, which takes a part of the images too"),
        "archive": CifarBinary(),
    },
)
