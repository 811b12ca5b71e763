"""What a check found."""

from __future__ import annotations

from typing import NamedTuple


class Finding(NamedTuple):
    """The outcome of one check.

    Attributes:
        check: What is checked: "files", "raw", "split", "records" or "figures".
        subject: The stage, data set or run.
        ok: Whether all is as it should be.
        text: What was found; where it is not as it should be, with what to do.
    """

    check: str
    subject: str
    ok: bool
    text: str
