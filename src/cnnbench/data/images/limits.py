"""What is read: formats, and sizes that a file may declare."""

from __future__ import annotations

from cnnbench.core.errors import UserError

MAX_PIXELS = 2**26  # 67 million: more than a camera or a scanner makes; six threads at once then take 5 GB
MAX_SIDE = 2**15  # pixels; a row of 80 million pixels takes a minute to scale
MAX_BYTES = 2**28  # of a volume, once it is inflated
FORMATS = ("AVIF", "BMP", "GIF", "JPEG", "JPEG2000", "PNG", "PPM", "TIFF", "WEBP")
"""Those that Pillow itself decodes, in a time that the size bounds; it would hand PostScript to another program."""


class MissingPackageError(UserError):
    """A format needs an optional package: no fault of the image."""

    def __init__(self, package: str, what: str) -> None:
        self._of = package, what
        super().__init__(
            f"Expected the package {package} to read {what}, received none: run `pip install {package}` in .venv."
        )

    def __reduce__(self) -> tuple[type[MissingPackageError], tuple[str, str]]:
        """Pickled, as it comes from another process, by what it was made of."""
        return type(self), self._of


def check(width: int, height: int) -> None:
    """Raises ValueError where an image declares more pixels than are read; nothing is decoded yet."""
    if width * height > MAX_PIXELS or max(width, height) > MAX_SIDE:
        raise ValueError(f"{width}x{height} pixels, more than {MAX_PIXELS:,} or a side over {MAX_SIDE:,}")
