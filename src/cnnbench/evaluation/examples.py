"""Test examples to look at: samples, the surest mistakes, and what the network sees in them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cnnbench.data.records.reader import Part
from cnnbench.evaluation import explain, figures

SHOWN = 8  # in a picture of examples, half of them hits and half misses where both are explained
LISTED = 50  # mistakes
KNOWN = 20  # images, about, that show what the classes look like

Indices = NDArray[np.intp]


def mistakes(part: Part, scores: NDArray[np.float64], classes: Sequence[str]) -> pd.DataFrame:
    """The wrongly classified test examples, the surest first, at most 50.

    Args:
        part: The test examples.
        scores: The answers to them, shape (n, classes).
        classes: Their names.

    Returns:
        Columns id, actual, predicted, score_actual, score_predicted; without examples whose scores are not finite.
    """
    _, missed = _surest(part, scores)
    missed, predicted = missed[:LISTED], scores.argmax(axis=1)
    names = np.array(classes, object)
    return pd.DataFrame(
        {
            "id": part.ids[missed],
            "actual": names[part.labels[missed]],
            "predicted": names[predicted[missed]],
            "score_actual": scores[missed, part.labels[missed]],
            "score_predicted": scores[missed, predicted[missed]],
        }
    )


def draw(out: Path, classes: Sequence[str], network: Any, part: Part, scores: NDArray[np.float64]) -> None:
    """Draws test images: of each class, samples, mistakes if any and, of a network with convolutions, what it sees.

    Grad-CAM is of the surest hits, each class in its turn, and of the surest mistakes. Feature maps are of the surest
    hit of the second class, which of two is the finding that is looked for; else of the surest of all; of a network
    that hits nothing, of the first example.

    Args:
        out: The folder.
        classes: Their names.
        network: The Keras model.
        part: The test examples, images.
        scores: The answers to them, shape (n, classes).
    """
    predicted = scores.argmax(axis=1)
    wrong = predicted != part.labels
    hits, missed = _surest(part, scores)

    def captions(chosen: Indices, *, both: bool = False) -> list[str]:
        """Actual class, with its score or without, and predicted class with its score."""
        lines = []
        for index in chosen:
            actual, guess = part.labels[index], predicted[index]
            first = f"actual {classes[actual]}" + (f" ({_percent(scores[index, actual])})" if both else "")
            lines.append(f"{first}\npredicted {classes[guess]} ({_percent(scores[index, guess])})")
        return lines

    drawn = np.random.default_rng(0).permutation(len(part.labels))  # a source may be sorted by class
    each = _of_each(drawn, part.labels)
    figures.save(
        figures.samples(part.inputs[each], [classes[label] for label in part.labels[each]]), out / "classes.png"
    )
    some = drawn[:SHOWN]
    figures.save(figures.samples(part.inputs[some], captions(some), wrong[some].tolist()), out / "samples.png")
    if len(missed):
        worst = missed[:SHOWN]
        figures.save(figures.samples(part.inputs[worst], captions(worst, both=True)), out / "mistakes.png")
    if not explain.has_convolution(network):
        return
    asked = np.concatenate([_in_turn(hits, predicted)[: SHOWN // 2], missed[: SHOWN // 2]])
    if len(asked):
        images = part.inputs[asked]
        heats = explain.grad_cam(network, images, predicted[asked])
        figure = figures.grad_cam(images, heats, captions(asked), wrong[asked].tolist())
        figures.save(figure, out / "grad_cam.png")
    finding = hits[predicted[hits] == 1]
    one = np.concatenate([finding, hits, np.argsort(part.ids)])[:1]
    image = part.inputs[one[0]]
    figure = figures.feature_maps(image, explain.feature_maps(network, image), captions(one)[0])
    figures.save(figure, out / "feature_maps.png")


def _surest(part: Part, scores: NDArray[np.float64]) -> tuple[Indices, Indices]:
    """The rightly and the wrongly classified examples, each by falling score, equal ones by id."""
    order = np.lexsort((part.ids, -scores.max(axis=1)))
    order = order[np.isfinite(scores[order]).all(axis=1)]
    right = scores[order].argmax(axis=1) == part.labels[order]
    return order[right], order[~right]


def _of_each(drawn: Indices, labels: NDArray[Any]) -> Indices:
    """Examples of every class, class by class: four of each, or as many as make about twenty in all."""
    names = np.unique(labels)
    count = min(4, max(1, KNOWN // len(names)))
    return np.concatenate([drawn[labels[drawn] == name][:count] for name in names])


def _in_turn(hits: Indices, predicted: NDArray[np.intp]) -> Indices:
    """The same hits: the first of each class, then the second of each ..."""
    turn = pd.Series(predicted[hits]).groupby(predicted[hits]).cumcount().to_numpy()
    return hits[np.lexsort((predicted[hits], turn))]


def _percent(score: float) -> str:
    """A score in percent, which reads as 0 or 100 % only where it is."""
    if 0 < score < 0.005:
        return "<1%"
    return ">99%" if 0.995 <= score < 1 else f"{score:.0%}"
