"""Drawn pictures of test examples: samples, the surest mistakes, Grad-CAM and feature maps."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cnnbench.data.records.reader import Part
from cnnbench.evaluation import explain, figures
from cnnbench.evaluation.figures.style import percent
from cnnbench.evaluation.mistakes import Indices, rank_by_score

SAMPLES = 8  # images in a picture; with Grad-CAM half of them hits and half mistakes
CLASS_SAMPLES = 20  # images, about, in the picture of the classes


def draw(out: Path, classes: Sequence[str], network: Any, part: Part, scores: NDArray[np.float64]) -> None:
    """Draws test images: by class, samples, mistakes if any and, with convolutions, Grad-CAM and feature maps.

    Grad-CAM is of the hits with the highest scores, alternating between the classes, and of such mistakes. Feature maps
    are of the hit with the highest score in the second class, of two usually the finding; else of any class; without
    hits, of the first example.

    Args:
        out: The folder.
        classes: Their names.
        network: The Keras model.
        part: The test examples, images.
        scores: Their scores, shape (n, classes).
    """
    predicted = scores.argmax(axis=1)
    wrong = predicted != part.labels
    hits, missed = rank_by_score(part, scores)

    def captions(chosen: Indices, *, both: bool = False) -> list[str]:
        """Actual class, with its score if `both`, and predicted class with its score."""
        lines = []
        for index in chosen:
            actual, guess = part.labels[index], predicted[index]
            first = f"actual {classes[actual]}" + (f" ({percent(scores[index, actual])})" if both else "")
            lines.append(f"{first}\npredicted {classes[guess]} ({percent(scores[index, guess])})")
        return lines

    shuffled = np.random.default_rng(0).permutation(len(part.labels))  # a source may be sorted by class
    each = _sample_classes(shuffled, part.labels)
    figures.save(figures.samples(part.inputs[each], np.array(classes)[part.labels[each]]), out / "classes.png")
    some = shuffled[:SAMPLES]
    figures.save(figures.samples(part.inputs[some], captions(some), wrong[some].tolist()), out / "samples.png")
    if len(missed):
        worst = missed[:SAMPLES]
        figures.save(figures.samples(part.inputs[worst], captions(worst, both=True)), out / "mistakes.png")
    if not explain.has_convolution(network):
        return
    explained = np.concatenate([_alternate_classes(hits, predicted)[: SAMPLES // 2], missed[: SAMPLES // 2]])
    if len(explained):
        images = part.inputs[explained]
        heats = explain.grad_cam(network, images, predicted[explained])
        figure = figures.grad_cam(images, heats, captions(explained), wrong[explained].tolist())
        figures.save(figure, out / "grad_cam.png")
    finding = hits[predicted[hits] == 1]
    one = np.concatenate([finding, hits, np.argsort(part.ids)])[:1]
    image = part.inputs[one[0]]
    figure = figures.feature_maps(image, explain.feature_maps(network, image), captions(one)[0])
    figures.save(figure, out / "feature_maps.png")


def _sample_classes(shuffled: Indices, labels: NDArray[Any]) -> Indices:
    """The first examples of every class, class by class: four of each, or about twenty in all."""
    names = np.unique(labels)
    count = min(4, max(1, CLASS_SAMPLES // len(names)))
    return np.concatenate([shuffled[labels[shuffled] == name][:count] for name in names])


def _alternate_classes(hits: Indices, predicted: NDArray[np.intp]) -> Indices:
    """Reorders hits: the first of each class, then the second of each ..."""
    turn = pd.Series(predicted[hits]).groupby(predicted[hits]).cumcount().to_numpy()
    return hits[np.lexsort((predicted[hits], turn))]
