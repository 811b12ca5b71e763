"""The shapes of two networks."""

import pytest

from cnnbench.networks._shapes import shapes


@pytest.fixture(scope="session")
def lite0():
    """The true shapes of EfficientNet-Lite0."""
    return shapes("efficientnet_lite0")


@pytest.fixture(scope="session")
def vgg16():
    """The true shapes of VGG16."""
    return shapes("vgg16")
