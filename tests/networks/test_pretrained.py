"""Networks that start from weights: each computes what its authors' own code does."""

import importlib.metadata
from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np
import pytest
from files_of_weights import keras2, made_up

from cnnbench.config.weights import Weights
from cnnbench.core.errors import UserError
from cnnbench.networks import blocks, build, set_weights
from cnnbench.networks._shapes import shapes
from cnnbench.networks.efficientnet_b0 import DEVIATION, MEAN
from cnnbench.weights import fetch, pytorch, sources, weight_files

PREPROCESS = {
    "vgg16": keras.applications.vgg16.preprocess_input,
    "resnet50": keras.applications.resnet50.preprocess_input,
    "mobilenet_v2": keras.applications.mobilenet_v2.preprocess_input,
    "efficientnet_b0": keras.applications.efficientnet.preprocess_input,
}
NETWORKS = ["efficientnet_lite0", *PREPROCESS]
every_network = pytest.mark.parametrize("name", NETWORKS)


def images(side, count=4, channels=3, seed=None):
    rng = np.random.default_rng(side if seed is None else seed)
    return rng.integers(0, 256, (count, side, side, channels), dtype="uint8")


def predict(model, x):
    return keras.ops.convert_to_numpy(model(x, training=False))


@every_network
def test_the_last_block_ends_where_the_head_begins(name):
    with keras.StatelessScope(initialize_variables=False):
        model = build(name, (96, 96, 3), 2, "softmax", pretrained=True)
    keras.utils.clear_session()
    order = [layer.name for layer in model.layers]
    places = [order.index(layer) for layer in blocks(name).values()]
    assert places == sorted(places)
    head = [layer.split("/")[0] for layer in order[places[-1] + 1 :]]
    assert head == (["flatten", "dense", "output"] if name == "vgg16" else ["dropout", "output"])


class Case(NamedTuple):
    """A network's weights with two outputs, those below the head, and its rates of dropout."""

    name: str
    parameters: int
    below_the_head: int
    dropouts: tuple[float, ...] = (0.2,)


# of the residual blocks of EfficientNet-B0 that keep their shape, which it drops at random (Huang et al., 2016)
_DROPPED = tuple(0.2 * block / 16 for block in (2, 4, 6, 7, 9, 10, 12, 13, 14))
CASES = [
    Case("efficientnet_lite0", 3_415_586, 3_413_024),
    Case("efficientnet_b0", 4_052_126, 4_049_564, (*_DROPPED, 0.2)),
    Case("mobilenet_v2", 2_260_546, 2_257_984),
    Case("resnet50", 23_591_810, 23_587_712),
    Case("vgg16", 21_137_986, 14_714_688, ()),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_parameters_and_dropouts(case):
    with keras.StatelessScope(initialize_variables=False):
        first, second = (build(case.name, (224, 224, 3), 2, "softmax", pretrained=True) for _ in range(2))
    keras.utils.clear_session()
    assert first.name == case.name
    assert first.count_params() == case.parameters
    assert sum(int(np.prod(shape)) for shape in shapes(case.name).values()) == case.below_the_head
    rates = [layer.rate for layer in first.layers if isinstance(layer, keras.layers.Dropout)]
    assert rates == pytest.approx(case.dropouts)
    # names do not depend on what was built before
    assert [weight.path for weight in first.weights] == [weight.path for weight in second.weights]
    assert [layer.name for layer in first.layers] == [layer.name for layer in second.layers]


@every_network
def test_survives_a_save_and_takes_small_grey_images(name, tmp_path):
    model = build(name, (40, 32, 1), 3, "linear", pretrained=True)
    set_weights(model, made_up(shapes(name)))
    x = images(32, channels=1, seed=0).repeat(2, axis=1)[:, :40]
    before = predict(model, x)
    assert (before.shape, before.dtype) == ((4, 3), np.float32)
    assert np.ptp(before, axis=0).min() > 1e-5, "the network does not see its input"
    model.save(tmp_path / "model.keras")
    np.testing.assert_array_equal(predict(keras.saving.load_model(tmp_path / "model.keras"), x), before)


def test_lite0_learns():
    model = build("efficientnet_lite0", (96, 96, 3), 2, "softmax", pretrained=True)
    set_weights(model, made_up(shapes("efficientnet_lite0")))
    for layer in model.layers:
        layer.trainable = not isinstance(layer, keras.layers.BatchNormalization)
    model.compile(keras.optimizers.Adam(1e-4), "sparse_categorical_crossentropy", run_eagerly=True)
    x, y = images(96), np.array([0, 1, 0, 1])
    start = model.test_on_batch(x, y)
    for _ in range(3):
        model.train_on_batch(x, y)
    assert model.test_on_batch(x, y) < start


@pytest.mark.parametrize("name", [name for name in NETWORKS if name != "vgg16"])
def test_refuses_what_it_cannot_use(name):
    with pytest.raises(UserError, match=rf"Expected l2 of 0 for {name}.*received 0\.001"):
        build(name, (50, 50, 3), 2, "softmax", l2=0.001)
    with pytest.raises(UserError, match=r"Expected an image .*received \(13, 1\)"):
        build(name, (13, 1), 2, "softmax")


@pytest.mark.parametrize("name", PREPROCESS)
def test_computes_what_keras_does(name, tmp_path, monkeypatch):
    """Made-up weights in Keras' own layout, loaded by Keras itself as if downloaded, and by our stage."""
    wanted = shapes(name)
    arrays = made_up(wanted)
    if name == "efficientnet_b0":
        variance = np.square(DEVIATION).astype("f4")
        statistics = [np.array(MEAN, "f4"), variance, np.array(0, "i8")]
        arrays = {f"normalization/{index}": array for index, array in enumerate(statistics)} | arrays
    path = tmp_path / "w.h5"
    keras2(path, arrays)
    monkeypatch.setattr("keras.src.utils.file_utils.get_file", lambda *_, **__: str(path))
    application = getattr(keras.applications, sources.APPLICATIONS[name].name)
    theirs = application(include_top=False, weights="imagenet", input_shape=(96, 96, 3))

    weights = Weights(architecture=name, source={"name": "file", "path": str(path)})
    fetch.fetch("w", weights, wanted, tmp_path / "out")
    ours = build(name, (96, 96, 3), 2, "softmax", pretrained=True)
    set_weights(ours, weight_files.read(tmp_path / "out").arrays)
    last = [*blocks(name).values()][-1]

    x = images(96)
    expected = predict(theirs, PREPROCESS[name](x.astype("float32")))
    if name != "vgg16":
        expected = expected.mean((1, 2))
    received = predict(keras.Model(ours.input, ours.get_layer(last).output), x)
    assert np.ptp(expected) > 0.1, "the network does not see its input"
    np.testing.assert_allclose(received, expected, atol=1e-4 * np.abs(expected).max())


def test_lite0_computes_what_its_port_to_pytorch_does(tmp_path):
    """Its logits are stored: of efficientnet_lite_pytorch 0.1.0 with PyTorch 2.13.0, on x86-64 with AVX-512.

    Other processors round otherwise: 1e-4 is seven times the difference between TensorFlow and PyTorch on that one.
    """
    package = sources.PACKAGES["efficientnet_lite0"]
    try:
        distribution = importlib.metadata.distribution(package.name)
    except importlib.metadata.PackageNotFoundError:
        pytest.skip(f"{package.name} is not installed")
    weights = Weights(architecture="efficientnet_lite0", source="package")
    fetch.fetch("w", weights, shapes("efficientnet_lite0"), tmp_path)
    (path,) = (distribution.locate_file(file) for file in distribution.files if file.suffix == ".pth")
    head = pytorch.read(Path(path).read_bytes())
    with np.load(Path(__file__).with_name("lite0_logits.npz")) as logits:
        for side in (224, 128):
            model = build("efficientnet_lite0", (side, side, 3), 1000, "linear", pretrained=True)
            set_weights(model, weight_files.read(tmp_path).arrays)
            model.get_layer("output").set_weights([head["_fc.weight"].read().T, head["_fc.bias"].read()])
            assert model.count_params() == 4_694_024
            received = predict(model, images(side))
            np.testing.assert_allclose(received, logits[str(side)], atol=1e-4)
            assert received.argmax(1).tolist() == logits[str(side)].argmax(1).tolist()


@every_network
def test_takes_any_size_grey_or_colour(name):
    with keras.StatelessScope(initialize_variables=False):
        for shape in [(32, 32, 1), (99, 64, 3)]:
            assert build(name, shape, 3, "softmax", pretrained=True).input_shape == (None, *shape)
    keras.utils.clear_session()


def test_vgg16_scales_as_caffe_only_where_it_starts_from_weights():
    x = images(32, 1)
    scratch = build("vgg16", (32, 32, 3), 2, "softmax")
    assert "scale_as_caffe" not in [layer.name for layer in scratch.layers]
    scaled = build("vgg16", (32, 32, 3), 2, "softmax", pretrained=True)
    found = predict(keras.Model(scaled.input, scaled.get_layer("scale_as_caffe").output), x)
    # without the turn to blue first
    expected = keras.applications.vgg16.preprocess_input(x.astype("float32"))[..., ::-1]
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_the_head_keeps_its_own_start():
    model = build("efficientnet_lite0", (96, 96, 3), 2, "softmax", pretrained=True)
    before = model.get_layer("output").get_weights()
    arrays = made_up(shapes("efficientnet_lite0"))
    set_weights(model, arrays)
    for one, other in zip(before, model.get_layer("output").get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    assert [variable.shape for variable in model.get_layer("stem_bn").weights] == [(32,)] * 4
    for index, array in enumerate(model.get_layer("stem_bn").get_weights()):
        np.testing.assert_array_equal(array, arrays[f"stem_bn/{index}"])


def test_refuses_weights_of_another_network_and_stays_as_it_was():
    model = build("efficientnet_lite0", (96, 96, 3), 2, "softmax", pretrained=True)
    before = model.get_weights()
    arrays = made_up(shapes("efficientnet_lite0"))
    grey, more = {"stem_conv/0": np.ones((3, 3, 1, 32))}, {"other/0": np.ones(2)}
    fewer = {name: array for name, array in arrays.items() if name != "top_bn/3"}
    for wrong, said in [
        (fewer, r"top_bn/3 of shape \(1280,\), received none"),
        (arrays | grey, r"stem_conv/0 of shape \(3, 3, 3, 32\), received \(3, 3, 1, 32\)"),
        (arrays | more, r"other/0 of shape none, received \(2,\)"),
    ]:
        with pytest.raises(UserError, match=f"Expected weights of efficientnet_lite0 with {said}"):
            set_weights(model, wrong)
    assert all(np.array_equal(*pair) for pair in zip(before, model.get_weights(), strict=True))


def test_a_network_without_blocks_takes_no_weights():
    with pytest.raises(UserError, match=r"Expected a network with blocks, .* received plain_cnn: see"):
        build("plain_cnn", (32, 32, 3), 2, "softmax", pretrained=True)
    with pytest.raises(UserError, match="Expected a network with blocks"):
        shapes("breast_cnn")
