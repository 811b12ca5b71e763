"""Simple models on the outputs of frozen layers: what these tell without any training of a network."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cnnbench.baselines.fitting import linear, neighbours
from cnnbench.baselines.measuring import Bench, Method
from cnnbench.config import Params
from cnnbench.features import feature_files
from cnnbench.runs.record import Start
from cnnbench.weights import weight_files

METHODS: dict[str, Method] = {"linear probe": linear, "k-NN": neighbours}


def write_probes(knobs: Params, name: str, out: Path) -> list[str]:
    """Measures a linear probe and neighbours on the features of a data set; see `measuring.write_pixel_baselines`.

    Args:
        knobs: params.yaml.
        name: Of the features there.
        out: The folder that takes a folder for each method.

    Raises:
        UserError: A file is missing or damaged, or the features are of other records.
    """
    wanted, folder = knobs.features_named(name), Path("data/weights", name)
    bench = Bench.open(knobs, wanted.dataset)
    # pooled shard by shard: maps of all examples may be more than fits in memory
    train, val, test = (
        np.concatenate([pool(shard) for shard in feature_files.read_shards(folder, bench.records, bench.folds[part])])
        for part in ("train", "val", "test")
    )
    design = bench.design(train[bench.rows], val, test)
    origin = weight_files.read(folder).origin
    start = Start(trained_on=origin.trained_on, licence=origin.licence, origin=origin.origin, sha256=origin.sha256)
    known = f"{train.shape[1]:,} features of {wanted.weights}, layer {wanted.layer}"
    return [
        bench.measure(
            out / method.replace(" ", "_"),
            f"{name} {method}",
            fit(design),
            method=method,
            features=known,
            weights=name,
            start=start,
        )
        for method, fit in METHODS.items()
    ]


def pool(features: NDArray[np.float32]) -> NDArray[np.float32]:
    """A row per example: the mean of each channel over the places of a map, and what has no places as it is."""
    return features if features.ndim == 2 else np.asarray(features.mean(axis=tuple(range(1, features.ndim - 1))))
