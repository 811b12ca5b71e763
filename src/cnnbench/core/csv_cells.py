"""Cells of the CSV files that people open in a spreadsheet, which would calculate a text that begins like a formula."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

# OWASP's list (CSV Injection), full-width forms too, which a Japanese spreadsheet takes; a number is no formula
_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_FORMULA = re.compile(rf"(?!{_NUMBER}\Z)(?:\s*[=+\-@＝＋－＠]|[\t\r\n])")


def guard(cell: str) -> str:
    """Puts an apostrophe before a text that a spreadsheet would calculate; it then shows the text itself."""
    return f"'{cell}" if _is_formula(cell) else cell


def unguard(cell: str) -> str:
    """The text that `guard` was given."""
    return cell[1:] if cell.startswith("'") and _is_formula(cell) else cell


def guard_texts(frame: pd.DataFrame) -> pd.DataFrame:
    """A table whose texts are guarded; numbers stay numbers."""
    return frame.map(lambda cell: guard(cell) if isinstance(cell, str) else cell)


def _is_formula(cell: str) -> bool:
    # an apostrophe of the text's own counts too, or unguard would take it off
    return _FORMULA.match(cell.lstrip("'")) is not None
