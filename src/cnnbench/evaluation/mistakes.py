"""The mistakes of a classifier: which are kept, their table, and their images in one sheet.

Row i of mistakes.csv is image i of mistakes.webp, twenty to a row, from the upper left.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image

from cnnbench.core.files import aside
from cnnbench.data.records.reader import Inputs, Part

LISTED = 200  # mistakes at most
COLUMNS = 20  # images in a row of the sheet
LARGEST = 224  # pixels of a side of an image in it; what is larger is shrunk
_LOSSLESS = 32  # pixels of a side up to which every pixel is kept: compression would blur what is so small
_QUALITY = 80  # of others: 5 kB each at 224 pixels, a seventh of a PNG

Indices = NDArray[np.intp]


def rank_by_score(part: Part, scores: NDArray[np.float64]) -> tuple[Indices, Indices]:
    """The correctly and the wrongly classified examples, each by falling score, equal ones by id.

    Without examples whose scores, shape (n, classes), are not finite.
    """
    # lexsort sorts by its last key first
    order = np.lexsort((part.ids, -scores.max(axis=1)))
    order = order[np.isfinite(scores[order]).all(axis=1)]
    correct = scores[order].argmax(axis=1) == part.labels[order]
    return order[correct], order[~correct]


def choose(part: Part, scores: NDArray[np.float64]) -> Indices:
    """The mistakes to keep, the surest first: half of them the surest of all, the others the surest of each kind.

    So every cell of the confusion matrix that holds a mistake has some to show, as far as 200 reach.
    """
    _, missed = rank_by_score(part, scores)
    if len(missed) <= LISTED:
        return missed
    kind = part.labels[missed] * scores.shape[1] + scores[missed].argmax(axis=1)
    turn = pd.Series(kind).groupby(kind).cumcount().to_numpy().copy()
    turn[: LISTED // 2] = -1
    return missed[np.sort(np.argsort(turn, kind="stable")[:LISTED])]


def table(part: Part, scores: NDArray[np.float64], classes: Sequence[str], chosen: Indices) -> pd.DataFrame:
    """Columns id, actual, predicted, score_actual, score_predicted; a row for each of the chosen examples."""
    predicted, names = scores.argmax(axis=1), np.array(classes, object)
    return pd.DataFrame(
        {
            "id": part.ids[chosen],
            "actual": names[part.labels[chosen]],
            "predicted": names[predicted[chosen]],
            "score_actual": scores[chosen, part.labels[chosen]],
            "score_predicted": scores[chosen, predicted[chosen]],
        }
    )


def write_sheet(path: Path, inputs: NDArray[np.uint8] | Inputs, chosen: Indices) -> None:
    """Writes the images of examples as one WebP, without a file where there are none; same images, same bytes.

    Nothing but pixels goes in: no name, no date, nothing that a camera or a scanner wrote into its file.

    Args:
        path: The file.
        inputs: Of all examples, uint8, shape (n, height, width, 1 or 3).
        chosen: Which of them, in this order.
    """
    path.unlink(missing_ok=True)
    if not len(chosen):
        return
    height, width = inputs.shape[1:3]
    scale = min(1.0, LARGEST / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    sheet = Image.new("RGB", (size[0] * min(COLUMNS, len(chosen)), size[1] * -(-len(chosen) // COLUMNS)))
    for place, index in enumerate(chosen):
        pixels = inputs[int(index)]
        image = Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels).convert("RGB")
        if image.size != size:
            image = image.resize(size, Image.Resampling.BOX)
        sheet.paste(image, (size[0] * (place % COLUMNS), size[1] * (place // COLUMNS)))
    # Method 0 is a fifth larger than the best and takes a third of its time
    with aside(path) as part:
        sheet.save(part, "WEBP", lossless=max(size) <= _LOSSLESS, quality=_QUALITY, method=0, exact=False)
