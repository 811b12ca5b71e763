"""What `published.py` measures: runs of params.yaml and of measured.yaml, by protocol, recipe, seed and fold."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from ruamel.yaml import YAML

ROOT = Path(__file__).parent.parent


def everything() -> dict[str, Any]:
    """The content of params.yaml, with the data sets and runs of measured.yaml."""
    content, more = (YAML(typ="safe").load(ROOT / name) for name in ("params.yaml", "benchmarks/measured.yaml"))
    for definition in more["datasets"].values():
        definition["quick"] = definition["full"]  # which params.yaml asks for
    return content | {section: content[section] | more[section] for section in more}


class Plan(NamedTuple):
    """What is measured of one run of params.yaml.

    Attributes:
        run: Its name there, or in measured.yaml.
        protocols: How the data set is split.
        seeds: Of the repeats.
        folds: Test folds; more than one is cross-validation.
        variants: Recipes: published, tuned, or what is changed in the published one; `features` names the block whose
            outputs are computed once, `weights` others to start from.
        data: What differs from the data set's full profile.
        jobs: How many such trainings two cores can do at once.
    """

    run: str
    protocols: tuple[str, ...]
    seeds: int = 3
    folds: int = 1
    variants: Mapping[str, Mapping[str, Any]] = {"published": {}, "tuned": {}}
    data: Mapping[str, Any] = {}
    jobs: int = 1


OURS: dict[str, Mapping[str, Any]] = {"our own": {}}
LARGE: Mapping[str, Mapping[str, Any]] = {"our own, 224 px": {}}
AUGMENTED: Mapping[str, Mapping[str, Any]] = {"our own, augmented": {
    "weights": "efficientnet_lite0-imagenet", "freeze": "none", "head_epochs": 2, "head_lr": 1e-3, "epochs": 9,
    "augmentation": {"flip": "horizontal", "rotation": 0.05, "zoom": 0.2, "shift": 0.1, "fill": "nearest",
                     "brightness": 0.3, "contrast": 0.5},
}}  # fmt: skip
LONGER: Mapping[str, Mapping[str, Any]] = {"our own, 800 epochs": {
    "standardise": True, "lr": 5e-3, "schedule": {"name": "cosine"}, "epochs": 800, "l2": 0.05,
}}  # fmt: skip
PLANS = (
    Plan("breast_histopathology-breast_cnn", ("grouped", "image-level"), jobs=2),
    Plan("boston_housing-conv1d", ("grouped",), seeds=5, folds=10, jobs=2),
    # The archive at hand holds a tenth of CIFAR-10, which tensorflow-datasets rightly refuses.
    Plan("cifar10-cifar_cnn", ("official", "grouped"), data={"source": "archive"}),
    Plan("mnist-mnist_cnn", ("official", "grouped"), seeds=5, variants={"published": {}}),
    # 64x64 for want of a GPU: VGG16 at 224x224 takes thirteen times as long.
    Plan("brain_tumor-plain_cnn", ("grouped", "image-level", "official"), data={"size": 64}),
    Plan("brain_tumor-vgg16", ("grouped", "image-level", "official"), seeds=1, data={"size": 64}),
    Plan("chest_xray-chest_cnn", ("official", "grouped", "image-level"), seeds=1,
         variants={"tuned": {}, "published": {}, "published, no augmentation": {"augmentation": None}}),
    # Our own recipes
    Plan("chest_xray-efficientnet_lite0", ("official", "grouped"), data={"size": 128}, variants=OURS),
    Plan("cifar10-efficientnet_lite0", ("official",), data={"source": "archive"}, variants=OURS),
    Plan("brain_tumor-efficientnet_lite0", ("grouped", "official"), data={"size": 128}, variants=OURS),
    Plan("breast_histopathology-efficientnet_lite0", ("grouped",), seeds=5, variants=OURS),
    Plan("breast_histopathology-efficientnet_lite0", ("grouped",), variants={"tuned": {}}),
    Plan("cifar10-wrn_10_2", ("official",), data={"source": "archive"}, variants=OURS),
    Plan("ham10000-efficientnet_lite0", ("grouped",), data={"size": 128}, variants=OURS),
    Plan("ham10000_seven-efficientnet_lite0", ("grouped",), variants=OURS),
    Plan("ham10000-skin_cnn", ("grouped",), seeds=1),
    Plan("mnist-wrn_10_2", ("official",), variants=OURS),
    Plan("chest_xray-efficientnet_lite0", ("official",), data={"size": 128}, variants=AUGMENTED),
    Plan("chest_xray-efficientnet_lite0", ("official", "grouped"), data={"size": 224}, variants=LARGE),
    Plan("brain_tumor-efficientnet_lite0", ("grouped",), seeds=1, data={"size": 224}, variants=LARGE),
    Plan("boston_housing-conv1d", ("grouped",), seeds=5, folds=10, variants=LONGER, jobs=2),
)  # fmt: skip

PIXELS = "at 224 minus at 128 pixels"
COMPARED = (
    ("VGG16 minus plain CNN", ("brain_tumor-vgg16", "published"), ("brain_tumor-plain_cnn", "published")),
    *(
        (f"from ImageNet minus {network} from scratch, {recipe}", (f"{dataset}-efficientnet_lite0", "our own"),
         (f"{dataset}-{network}", recipe))
        for dataset, network, recipe in (
            ("chest_xray", "chest_cnn", "tuned"), ("brain_tumor", "plain_cnn", "published"),
            ("breast_histopathology", "breast_cnn", "tuned"), ("ham10000", "skin_cnn", "published"),
            ("ham10000", "skin_cnn", "tuned"), ("cifar10", "cifar_cnn", "tuned"), ("cifar10", "wrn_10_2", "our own"),
        )
    ),
    ("wrn_10_2 minus cifar_cnn, tuned", ("cifar10-wrn_10_2", "our own"), ("cifar10-cifar_cnn", "tuned")),
    ("wrn_10_2 minus mnist_cnn, published", ("mnist-wrn_10_2", "our own"), ("mnist-mnist_cnn", "published")),
    ("augmented and all layers minus blocks 11 to 16 on cached features",
     ("chest_xray-efficientnet_lite0", "our own, augmented"), ("chest_xray-efficientnet_lite0", "our own")),
    (PIXELS, ("chest_xray-efficientnet_lite0", "our own, 224 px"), ("chest_xray-efficientnet_lite0", "our own")),
    (PIXELS, ("brain_tumor-efficientnet_lite0", "our own, 224 px"), ("brain_tumor-efficientnet_lite0", "our own")),
)  # fmt: skip
"""A question, and two of run and recipe: the first minus the second, on the same test examples, with the same seeds."""
