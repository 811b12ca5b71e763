"""Runs that were tested on the same examples, and what each says of the mistakes of another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from cnnbench.results.run_result import RunResult


class Answers(NamedTuple):
    """What a run answers to the test examples.

    Attributes:
        run: Its name.
        rows: The row of each example in its predictions, by id.
        scores: Shape (n, classes).
        correct: Which it gets right, shape (n,).
    """

    run: str
    rows: dict[str, int]
    scores: NDArray[np.float64]
    correct: NDArray[np.bool_]

    def on_mistakes(self, of: RunResult, by: Answers) -> dict[str, Any]:
        """What it says of the listed mistakes of another run, and how many examples each of both gets right.

        Args:
            of: The other run, a classifier.
            by: Its answers.

        Returns:
            `predicted` and `score`, a value for each row of mistakes.csv (None for an id that was not tested), and the
            numbers `both_right`, `other_right` (this one alone), `this_right` (that of the mistakes alone) and
            `none_right`.
        """
        asked = [self.rows.get(row["id"]) for row in of.mistakes]
        return {
            "predicted": [None if row is None else int(self.scores[row].argmax()) for row in asked],
            "score": [None if row is None else round(float(self.scores[row].max()), 4) for row in asked],
            "both_right": int((by.correct & self.correct).sum()),
            "other_right": int((~by.correct & self.correct).sum()),
            "this_right": int((by.correct & ~self.correct).sum()),
            "none_right": int((~by.correct & ~self.correct).sum()),
        }


def groups(results: Iterable[RunResult]) -> list[list[RunResult]]:
    """Gathers runs of one data set with the same classes, test examples and labels; in the order given.

    Raises:
        UserError: Predictions are missing or damaged.
    """
    found: list[list[RunResult]] = []
    for result in results:
        for members in found:
            if _are_alike(members[0], result):
                members.append(result)
                break
        else:
            found.append([result])
    return found


def with_peers(results: Iterable[RunResult]) -> Iterator[tuple[RunResult, dict[str, Any]]]:
    """Each run, with what each other of its group says of its mistakes, by name; nothing for a regression."""
    for members in groups(results):
        told = members[0].is_classification and len(members) > 1
        answers = [_read(member) for member in members] if told else []
        for place, result in enumerate(members):
            yield (
                result,
                {peer.run: peer.on_mistakes(result, answers[place]) for peer in answers if peer.run != result.run},
            )


def _are_alike(first: RunResult, other: RunResult) -> bool:
    if (first.dataset, first.classes, first.synthetic) != (other.dataset, other.classes, other.synthetic):
        return False
    one, two = first.predictions, other.predictions
    return bool(one["id"].equals(two["id"]) and one["label"].equals(two["label"]))


def _read(result: RunResult) -> Answers:
    frame = result.predictions
    scores = score_matrix(frame, len(result.classes))
    correct = scores.argmax(axis=1) == frame["label"].to_numpy()
    return Answers(result.run, {one: row for row, one in enumerate(frame["id"])}, scores, correct)


def score_matrix(frame: pd.DataFrame, classes: int) -> NDArray[np.float64]:
    """The scores of predictions.parquet, shape (n, classes)."""
    return np.asarray(frame[[f"score_{index}" for index in range(classes)]].to_numpy(np.float64))
