"""What stands on the page, and in which order: a partial template for each part, a file for each script and style.

To add a part, write `templates/<room>/<name>.html.j2` and name it here. To add a script or a style, write
`templates/scripts/<name>.js` or `templates/styles/<name>.css`: each that is there is in the page.
"""

from __future__ import annotations

from pathlib import Path

TEMPLATES = Path(__file__).parent / "templates"

SECTIONS = (
    "leaderboard",
    "cost",
    "published",
    "external",
    "corruptions",
    "thresholds",
    "comparisons",
    "repeats",
    "costs",
)
"""Sections on all runs together; what has nothing to show writes nothing."""
DATASET = ("about", "split", "examples", "compared", "side_by_side", "runs")
"""Parts of a data set: `name`, its `runs`, of which `about` is the first."""
RUN = (
    "about", "numbers", "measured", "per_class", "threshold", "coverage", "subgroups",
    "examples", "mistake_viewer", "mistakes", "feature_maps", "layers", "checklist",
)  # fmt: skip
"""Parts of a run: `result`."""


LONG = 12
"""Rows of a table or sentences of a list; more are folded away."""
MOST_PAIRS = 45
"""Of a data set: of more the page has the headline metric alone, and comparisons.csv the others."""
PRINTED_WHOLE = 40
"""Rows of the leaderboards; with more they alone are printed, a line a row, so that paper has a few pages."""


def script() -> str:
    """All scripts as one, by name, so that the page's policy names one hash.

    address.js comes first: the others ask its `view` what the address says.
    """
    return _together("scripts/*.js")


def style() -> str:
    """All styles as one."""
    return _together("styles/*.css")


def _together(pattern: str) -> str:
    return "".join(path.read_text(encoding="utf-8") for path in sorted(TEMPLATES.glob(pattern)))
