"""One table, one run for every network: what it weighs, what it takes, that it learns and survives a save."""

from contextlib import contextmanager
from itertools import product
from typing import NamedTuple

import keras
import numpy as np
import pytest

from cnnbench.core.errors import UserError
from cnnbench.networks import blocks, build, names


class Case(NamedTuple):
    """A network at its published input, its exact number of weights there, least side and dropout rates."""

    name: str
    published: tuple[int, ...]
    outputs: int
    activation: str
    parameters: int
    minimum: int = 1
    dropouts: tuple[float, ...] = ()


CASES = [
    Case("pcam_cnn", (96, 96, 3), 1, "sigmoid", 157_493_505),
    Case("breast_cnn", (50, 50, 3), 2, "softmax", 8_562, 8, (0.5,)),
    Case("chest_cnn", (180, 180, 3), 1, "sigmoid", 11_006_273, 46, (0.3,)),
    Case("plain_cnn", (224, 224, 3), 4, "softmax", 11_169_476, 22),
    Case("vgg16", (224, 224, 3), 4, "softmax", 21_138_500, 32),
    Case("mnist_cnn", (28, 28, 1), 10, "softmax", 225_034, 10, (0.25,)),
    Case("cifar_cnn", (32, 32, 3), 10, "softmax", 361_898, 10, (0.25, 0.25)),
    Case("conv1d", (13, 1), 1, "linear", 24_833),
    Case("skin_cnn", (240, 240, 3), 2, "softmax", 11_174_562, 46, (0.5,)),
    Case("wrn_10_2", (32, 32, 3), 10, "softmax", 304_634, 4),
]
# as a residual unit needs it, their convolutions are linear and the relu stands apart
APART = {"wrn_10_2"}
ELSEWHERE = ("efficientnet_lite0", "efficientnet_b0", "mobilenet_v2", "resnet50")
"""Networks made to start from weights: test_pretrained.py has their rows."""
IMAGE_CASES = [case for case in CASES if case.name != "conv1d"]

every_network = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
every_image_network = pytest.mark.parametrize("case", IMAGE_CASES, ids=lambda case: case.name)


@contextmanager
def on_paper():
    """Models built within have shapes but no weights: pcam_cnn would take 5 s and 2 GB to draw them."""
    with keras.StatelessScope(initialize_variables=False):
        yield
    keras.utils.clear_session()  # else Keras would draw their weights when it next leaves such a scope


@pytest.fixture(autouse=True)
def _seeded():
    keras.utils.set_random_seed(0)


def small(case):
    """The least input that asks the same of the network, and is not the published one."""
    return (9, 1) if case.name == "conv1d" else (max(case.minimum, 8),) * 2 + case.published[2:]


def batch(shape, size, seed=0):
    """Random rows or uint8 images."""
    rng = np.random.default_rng(seed)
    if len(shape) == 2:
        return rng.normal(size=(size, *shape)).astype("float32")
    return rng.integers(0, 256, (size, *shape), dtype="uint8")


def predict(model, x):
    return keras.ops.convert_to_numpy(model(x, training=False))


def run_architecture_test(case, path):
    """Builds, predicts, saves, reloads and trains one network at a small input."""
    model = build(case.name, small(case), case.outputs, case.activation)
    x = batch(small(case), 4)
    before = predict(model, x)
    assert model.name == case.name
    assert before.shape == (4, case.outputs)
    assert before.dtype == np.float32
    assert len(np.unique(before.round(6), axis=0)) == 4, "the network does not see its input"

    model.save(path)
    reloaded = keras.saving.load_model(path)
    np.testing.assert_array_equal(predict(reloaded, x), before)

    loss = {"sigmoid": "binary_crossentropy", "linear": "mse"}.get(case.activation, "sparse_categorical_crossentropy")
    y = np.arange(4).reshape(4, 1) % max(case.outputs, 2)
    model.compile(keras.optimizers.Adam(1e-4), loss, run_eagerly=True)  # tracing costs more than the steps
    start = model.test_on_batch(x, y)
    for _ in range(3):
        model.train_on_batch(x, y)
    assert model.test_on_batch(x, y) < start
    assert all(not np.array_equal(*pair) for pair in zip(model.get_weights(), reloaded.get_weights(), strict=True))


@every_network
def test_architecture(case, tmp_path):
    run_architecture_test(case, tmp_path / "model.keras")


def test_every_network_is_in_the_table():
    assert sorted([*(case.name for case in CASES), *ELSEWHERE]) == names()


@every_network
def test_parameters_at_the_published_input(case):
    with on_paper():
        model = build(case.name, case.published, case.outputs, case.activation)
    assert model.count_params() == case.parameters
    assert model.output_shape == (None, case.outputs)


@every_network
def test_relus_and_dropouts(case):
    with on_paper():
        layers = build(case.name, case.published, case.outputs, case.activation).layers
    rates = tuple(layer.rate for layer in layers if isinstance(layer, keras.layers.Dropout))
    hidden = [layer for layer in layers if hasattr(layer, "kernel") and layer.name != "output"]
    assert rates == case.dropouts
    assert {layer.activation for layer in hidden} == {
        keras.activations.linear if case.name in APART else keras.activations.relu
    }
    assert any(isinstance(layer, keras.layers.ReLU) for layer in layers) == (case.name in APART)


def test_vgg16_has_the_papers_convolutions():
    with on_paper():
        model = build("vgg16", (224, 224, 3), 2, "softmax")
    convolutions = [layer for layer in model.layers if isinstance(layer, keras.layers.Conv2D)]
    assert len(convolutions) == 13
    assert sum(layer.count_params() for layer in convolutions) == 14_714_688
    assert model.count_params() == 21_137_986


def test_vgg16_starts_with_a_signal_that_reaches_the_end():
    model = build("vgg16", (32, 32, 3), 4, "softmax")
    last = keras.Model(model.input, model.get_layer("block5_conv3").output)
    # 2e-2 with He's start; 5e-8 with Keras' default, from which a short training does not recover.
    assert np.square(predict(last, batch((32, 32, 3), 8))).mean() > 1e-3


@every_image_network
def test_takes_any_image_with_any_head(case):
    shapes = [(28, 28, 1), (32, 32, 3), (64, 48, 1), (8, 5, 3), (180, 180, 3)]
    heads = [(1, "sigmoid"), (2, "softmax"), (4, "softmax"), (10, "softmax"), (1, "linear")]
    with on_paper():
        for shape, (outputs, activation) in product(shapes, heads):
            model = build(case.name, shape, outputs, activation)
            assert model.input_shape == (None, *shape)
            assert model.input.dtype == "uint8"
            assert model.output_shape == (None, outputs)
            assert model.get_layer("output").activation is keras.activations.get(activation)


@every_image_network
def test_predicts_from_images_under_its_minimum(case):
    model = build(case.name, (6, 7, 1), 2, "softmax")
    np.testing.assert_allclose(predict(model, batch((6, 7, 1), 2)).sum(axis=1), 1, rtol=1e-5)


@every_image_network
def test_minimum_leaves_one_pixel_and_is_not_enlarged(case):
    with on_paper():
        least = build(case.name, (case.minimum, case.minimum, 3), 2, "softmax")
        below = build(case.name, (case.minimum - 1, 300, 3), 2, "softmax") if case.minimum > 1 else None
    last = least.get_layer("pool" if case.name in APART else "flatten")
    assert last.input.shape[1:3] == (1, 1)
    assert "enlarge" not in [layer.name for layer in least.layers]
    assert below is None or "enlarge" in [layer.name for layer in below.layers]


@pytest.mark.parametrize("name", [case.name for case in IMAGE_CASES if case.name != "mnist_cnn"])
def test_grey_is_the_same_as_grey_given_in_colour(name):
    grey, colour = (build(name, (16, 16, depth), 2, "softmax") for depth in (1, 3))
    colour.set_weights(grey.get_weights())
    x = batch((16, 16, 1), 2)
    np.testing.assert_array_equal(predict(grey, x), predict(colour, np.repeat(x, 3, axis=-1)))


@every_network
def test_names_do_not_depend_on_what_was_built_before(case):
    with on_paper():
        first, second = (build(case.name, case.published, case.outputs, case.activation) for _ in range(2))
    assert [layer.name for layer in first.layers] == [layer.name for layer in second.layers]
    assert [weight.path for weight in first.weights] == [weight.path for weight in second.weights]


NO_DENSE = ["breast_cnn", "wrn_10_2"]


@pytest.mark.parametrize("name", [case.name for case in CASES if case.name not in NO_DENSE])
def test_l2_weighs_on_the_hidden_dense_kernels_alone(name):
    case = next(case for case in CASES if case.name == name)
    model = build(name, small(case), case.outputs, case.activation, l2=0.01)
    hidden = [layer for layer in model.layers if layer.name.startswith("dense")]
    expected = [0.01 * np.square(layer.get_weights()[0]).sum() for layer in hidden]
    assert len(expected) == (3 if name == "pcam_cnn" else 1)
    np.testing.assert_allclose([float(value) for value in model.losses], expected, rtol=1e-4)


@every_network
def test_has_no_penalty_unless_asked(case):
    assert build(case.name, small(case), case.outputs, case.activation).losses == []


@pytest.mark.parametrize("name", NO_DENSE)
def test_refuses_an_l2_that_would_do_nothing(name):
    with pytest.raises(UserError, match=rf"Expected l2 of 0 for {name}.*received 0\.001"):
        build(name, (50, 50, 3), 2, "softmax", l2=0.001)


@pytest.mark.parametrize(
    ("side", "first"), [(28, 28), (32, 32), (50, 50), (63, 63), (64, 32), (96, 48), (180, 45), (224, 56), (240, 60)]
)
def test_wrn_halves_a_large_image_before_its_first_group(side, first):
    with on_paper():
        model = build("wrn_10_2", (side, side, 3), 2, "softmax")
    assert model.get_layer("conv2_unit1_add").output.shape[1:] == (first, first, 32)
    assert model.get_layer("conv4_unit1_add").output.shape[-1] == 128
    assert model.count_params() == 303_602


def test_a_block_ends_at_a_layer_and_the_last_before_the_head():
    for name in ("wrn_10_2",):
        with on_paper():
            model = build(name, (32, 32, 3), 2, "softmax", pretrained=True)
        places = [[layer.name for layer in model.layers].index(last) for last in blocks(name).values()]
        assert places == sorted(places)
        assert model.layers[places[-1] + 1 :] == [model.get_layer("output")]


@every_image_network
def test_image_networks_refuse_a_vector(case):
    with pytest.raises(UserError, match=r"Expected an image .*received \(13, 1\)"):
        build(case.name, (13, 1), case.outputs, case.activation)


@pytest.mark.parametrize("shape", [(28, 28, 1), (13, 3), (1, 1), (13,), (None, 1)], ids=str)
def test_conv1d_refuses_what_is_not_a_row_of_features(shape):
    with pytest.raises(UserError, match=r"Expected rows of shape \(features, 1\).*received \("):
        build("conv1d", shape, 1, "linear")


def test_unknown_network():
    with pytest.raises(UserError, match=r"Expected an architecture among breast_cnn, .*received 'resnet'"):
        build("resnet", (28, 28, 1), 10, "softmax")
