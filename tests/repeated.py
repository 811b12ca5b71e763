"""Runs on disk for tests of what is done with several: run.json and predictions, as the evaluate stage has them."""

import json

import numpy as np
import pandas as pd
from run_record import run_json


def write_run(folder, name, frame, **facts):
    """A run's folder; `frame` holds its predictions."""
    run = folder / name
    run.mkdir(parents=True)
    (run / "run.json").write_text(json.dumps(run_json(name, **facts)))
    frame.to_parquet(run / "predictions.parquet", index=False)
    return run


def predictions(labels, scores, *, groups=None, first=0):
    """A frame of two classes from labels (n,) and the score of class 1 (n,)."""
    ids = [f"{first + n:04}" for n in range(len(labels))]
    groups = ids if groups is None else [str(group) for group in groups]
    labels, scores = np.asarray(labels, dtype=np.int64), np.asarray(scores, dtype=np.float64)
    return pd.DataFrame({"id": ids, "group": groups, "label": labels, "score_0": 1 - scores, "score_1": scores})


def guesses(seed, gain, n=200):
    """Labels, the same for every seed, and scores whose noise is the seed's."""
    labels = np.arange(n) % 2
    hard = np.random.default_rng(99).normal(size=n)
    noise = np.random.default_rng(seed).normal(size=n)
    return labels, 1 / (1 + np.exp(-(2 * labels - 1) * (gain + 0.7 * hard + 0.7 * noise)))
