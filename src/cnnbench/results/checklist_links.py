"""Which reporting checklists fit a run, and where they lie: the page and the model's card link them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cnnbench.results.run_result import RunResult

FOLDER = "checklists"
TITLES = {"claim": "CLAIM 2024", "tripod": "TRIPOD+AI"}


def fitting(result: RunResult) -> list[str]:
    """The formats of `cnnbench checklist` that fit a run: CLAIM is of images."""
    return [name for name in TITLES if name != "claim" or result.is_image]
