"""What goes on in a network: checked on networks whose weights are set by hand."""

import keras
import numpy as np
import pytest

from cnnbench import networks
from cnnbench.core.errors import UserError
from cnnbench.evaluation import explain
from cnnbench.evaluation.explain.maps import choose

SHAPES = {  # the least image that each network takes as it comes
    "breast_cnn": (8, 8, 3),
    "chest_cnn": (46, 46, 3),
    "cifar_cnn": (10, 10, 3),
    "mnist_cnn": (10, 10, 1),
    "pcam_cnn": (8, 8, 3),
    "plain_cnn": (22, 22, 3),
    "skin_cnn": (46, 46, 3),
    "vgg16": (32, 32, 3),
}
every_network = pytest.mark.parametrize("name", SHAPES)
RED, GREEN = (slice(0, 6), slice(0, 6)), (slice(10, 14), slice(10, 14))


@pytest.fixture(autouse=True)
def _seeded():
    keras.utils.set_random_seed(0)


def colours(head, nested=False):
    """A network that says class 0 by what is red in an image and class 1 by what is green, wherever it is.

    Its convolution parts the colours; a dense layer counts them, and `head` says what follows.
    """
    inputs = keras.Input((16, 16, 3), dtype="uint8")
    x = keras.layers.Rescaling(1 / 255)(inputs)
    conv, pool = keras.layers.Conv2D(2, 1, activation="relu", name="conv"), keras.layers.AveragePooling2D(2)
    base = keras.Sequential([keras.Input((16, 16, 3)), conv, pool], name="base") if nested else None
    x = base(x) if base else pool(conv(x))
    units = 1 if head == "sigmoid" else 2
    dense = keras.layers.Dense(units, activation=head if head in ("softmax", "sigmoid") else None)
    x = dense(keras.layers.Flatten()(x))
    if head == "Softmax":
        x = keras.layers.Softmax()(x)
    elif head == "Activation":
        x = keras.layers.Activation("softmax")(x)
    model = keras.Model(inputs, x)
    conv.set_weights([np.eye(3)[:, :2].reshape(1, 1, 3, 2), np.zeros(2)])
    weights = np.tile(20 * np.eye(2), (64, 1))
    dense.set_weights([weights[:, 1:] - weights[:, :1] if units == 1 else weights, np.zeros(units)])
    return model


def planted():
    """A large red spot and a small green one."""
    image = np.zeros((16, 16, 3), np.uint8)
    image[*RED, 0] = image[*GREEN, 1] = 255
    return image


@pytest.mark.parametrize("nested", [False, True])
@pytest.mark.parametrize("head", ["softmax", "sigmoid", "Softmax", "Activation", "linear"])
def test_grad_cam_finds_what_speaks_for_each_class_and_leaves_the_network_as_it_was(head, nested):
    model = colours(head, nested)
    images = np.stack([planted()] * 2)
    before = model.predict(images, verbose=0)
    if head != "linear":
        assert before[0].min() == 0 or before[0].max() == 1, "so sure that probabilities have no gradient left"
    heats = explain.grad_cam(model, images, np.array([0, 1]))
    assert (heats.shape, heats.dtype) == ((2, 16, 16), np.float32)
    for heat, spot in zip(heats, (RED, GREEN), strict=True):
        expected = np.zeros((16, 16))
        expected[spot] = 1
        assert heat == pytest.approx(expected)
    assert (model.predict(images, verbose=0) == before).all()
    assert "call" not in vars(model.layers[-1])


def test_grad_cam_goes_by_the_image_and_is_zero_where_nothing_speaks_for_the_class():
    images = np.zeros((40, 16, 16, 3), np.uint8)  # more than one batch
    images[1::2] = planted()
    images[::2, :, :, 0] = 200
    heats = explain.grad_cam(colours("softmax"), images, np.ones(40, int))
    assert (heats[::2] == 0).all()
    assert (heats[1::2].max(axis=(1, 2)) == 1).all()
    assert (heats[1::2] == heats[1]).all(), "whatever batch it is in"
    assert explain.grad_cam(colours("softmax"), images[:0], np.zeros(0, int)).shape == (0, 16, 16)


def test_grad_cam_is_the_formula():
    model = networks.build("mnist_cnn", (12, 12, 1), 3, "softmax")
    model.get_layer("conv2").bias.assign(np.ones(64))  # no map has a zero, at which the pool's slope is undefined
    image = np.random.default_rng(0).integers(0, 256, (1, 12, 12, 1), np.uint8)
    maps = dict(explain.feature_maps(model, image[0]))["conv2"]  # (3, 3, 64)
    assert maps.min() > 0
    dense, output = (model.get_layer(name) for name in ("dense", "output"))

    def logit(values):
        pooled = values[:2, :2].max(axis=(0, 1))
        hidden = np.maximum(pooled @ dense.kernel.numpy().astype(float), 0)
        return (hidden @ output.kernel.numpy())[2]

    small, gradient = 1e-7, np.zeros(maps.shape)
    for at in np.ndindex(maps.shape):
        step = np.zeros(maps.shape)
        step[at] = small
        gradient[at] = (logit(maps + step) - logit(maps - step)) / (2 * small)
    expected = np.maximum((gradient.mean(axis=(0, 1)) * maps).sum(axis=-1), 0)
    heat = explain.grad_cam(model, image, np.array([2]))[0]
    wanted = keras.ops.image.resize(expected[..., None], (12, 12)).numpy()[..., 0]
    assert heat == pytest.approx(wanted / wanted.max(), abs=1e-3)


@every_network
def test_every_network_can_be_explained(name):
    shape = SHAPES[name]
    images = np.random.default_rng(0).integers(0, 256, (3, *shape), np.uint8)
    for units, activation, outputs in ((1, "sigmoid", [0, 1, 0]), (4, "softmax", [3, 0, 1])):
        model = networks.build(name, shape, units, activation)
        heats = explain.grad_cam(model, images, np.array(outputs))
        assert heats.shape == (3, *shape[:2])
        assert heats.min() >= 0
        assert set(heats.max(axis=(1, 2)).round(5)) <= {0, 1}
        assert (explain.grad_cam(model, images, np.array(outputs)) == heats).all()


@every_network
def test_feature_maps_have_the_shapes_of_the_layers(name):
    model = networks.build(name, SHAPES[name], 2, "softmax")
    image = np.random.default_rng(0).integers(0, 256, SHAPES[name], np.uint8)
    layers = [layer for layer in model.layers if type(layer).__name__ in ("Conv2D", "MaxPooling2D")]
    wanted = [layers[index] for index in choose([layer.output.shape[1:3] for layer in layers])]
    maps = explain.feature_maps(model, image)
    assert [key for key, _ in maps] == [layer.name for layer in wanted]
    assert len(maps) == min(len(layers), 7)
    for (_, values), layer in zip(maps, wanted, strict=True):
        assert values.dtype == np.float32
        assert values.shape == layer.output.shape[1:]


@pytest.mark.parametrize(
    ("sizes", "chosen"),
    [
        ([(8, 8)], [0]),
        ([(9 - n, 9) for n in range(7)], [0, 1, 2, 3, 4, 5, 6]),
        ([(16, 16)] * 3 + [(8, 8)] * 3 + [(4, 4)] * 3, [1, 2, 3, 4, 5, 6, 8]),
        ([(64, 64)] * 50, [7, 14, 21, 27, 34, 41, 49]),
        ([(64 - n, 64) for n in range(13)], [0, 2, 4, 6, 8, 10, 12]),
    ],
    ids=["one", "seven", "three stages", "one stage of fifty", "thirteen stages"],
)
def test_of_a_deep_network_the_last_layer_of_each_stage_and_others_between_are_shown(sizes, chosen):
    assert choose(sizes) == chosen
    assert len(choose(sizes)) == min(7, len(sizes))
    assert choose(sizes)[-1] == len(sizes) - 1


def test_a_network_of_fifty_layers_is_explained():
    inputs = x = keras.Input((32, 32, 3), dtype="uint8")
    x = keras.layers.Rescaling(1 / 255)(x)
    for stride in [2, *[1] * 15] * 3:
        x = keras.layers.DepthwiseConv2D(3, stride, padding="same")(keras.layers.Conv2D(4, 1)(x))
    pooled = keras.layers.GlobalAveragePooling2D()(x)
    model = keras.Model(inputs, keras.layers.Dense(2, activation="softmax")(pooled))
    image = np.random.default_rng(0).integers(0, 256, (1, 32, 32, 3), np.uint8)
    maps = explain.feature_maps(model, image[0])
    assert len(maps) == 7
    assert {values.shape[0] for _, values in maps} == {32, 16, 8, 4}
    assert explain.grad_cam(model, image, np.array([1])).shape == (1, 32, 32)


def test_feature_maps_are_what_the_layers_put_out_also_of_a_network_within():
    image = np.random.default_rng(0).integers(0, 256, (16, 16, 3), np.uint8)
    (conv, passed), (_, pooled) = explain.feature_maps(colours("softmax", nested=True), image)
    assert conv == "conv"
    assert passed == pytest.approx(image[:, :, :2] / 255)
    assert pooled[0, 0, 0] == pytest.approx(image[:2, :2, 0].mean() / 255)


@every_network
def test_the_table_of_layers_is_the_summary(name):
    model = networks.build(name, SHAPES[name], 2, "softmax")
    table = explain.layers(model)
    assert list(table) == ["layer", "type", "output_shape", "parameters"]
    assert table["parameters"].sum() == model.count_params()
    assert table["layer"].tolist() == [layer.name for layer in model.layers]
    assert table.iloc[0].tolist()[1:] == ["InputLayer", "x".join(map(str, SHAPES[name])), 0]
    assert table.iloc[-1].tolist()[:3] == ["output", "Dense", "2"]


def test_the_table_of_a_network_of_any_size_and_with_a_network_within():
    inner = keras.Sequential([keras.Input((None, None, 3)), keras.layers.Conv2D(4, 3)], name="inner")
    inputs = keras.Input((None, None, 3))
    model = keras.Model(inputs, keras.layers.GlobalAveragePooling2D()(inner(inputs)))
    table = explain.layers(model)
    assert table["output_shape"].tolist() == ["?x?x3", "?x?x4", "4"]
    assert table["parameters"].sum() == model.count_params() == 3 * 3 * 3 * 4 + 4


def test_a_network_without_a_convolution_over_images_says_so():
    model = keras.Sequential([keras.Input((4, 4, 1)), keras.layers.Flatten(), keras.layers.Dense(2)], name="plain")
    rows = networks.build("conv1d", (9, 1), 1, "linear")
    for flat in (model, rows):
        assert not explain.has_convolution(flat)
        with pytest.raises(
            UserError, match=rf"^Expected a network with a convolution over images, received {flat.name}"
        ):
            explain.grad_cam(flat, np.zeros((1, 4, 4, 1), np.uint8), np.zeros(1, int))
    with pytest.raises(UserError, match="convolution over images"):
        explain.feature_maps(model, np.zeros((4, 4, 1), np.uint8))


@pytest.mark.parametrize(
    ("outputs", "message"), [([2], "within 0..1, received 2..2"), ([0, 1], "for each of 1 images")]
)
def test_classes_that_do_not_fit_are_refused_and_the_network_is_left_as_it_was(outputs, message):
    model = colours("sigmoid")
    with pytest.raises(ValueError, match=message):
        explain.grad_cam(model, np.zeros((1, 16, 16, 3), np.uint8), np.array(outputs))
    assert model.layers[-1].activation is keras.activations.sigmoid


def test_a_network_that_diverged_has_no_heat():
    model = colours("softmax")
    model.layers[-1].set_weights([np.full((128, 2), np.nan), np.zeros(2)])
    assert (explain.grad_cam(model, planted()[None], np.array([1])) == 0).all()
