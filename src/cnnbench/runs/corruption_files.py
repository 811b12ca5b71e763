"""The files of a run on corrupted images, reports/corruptions/<run>/, and the words in its table."""

TABLE = "corruptions.csv"
CURVES = "corruptions.svg"
IMAGES = "corrupted.png"
ALL, MEAN = "all", "mean"
"""As corruption and as strength of a line: the mean over all of them."""


def describe(kind: str) -> str:
    """A corruption in words."""
    return {ALL: "mean of all", "jpeg": "JPEG"}.get(kind, kind.replace("_", " "))
