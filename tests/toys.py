"""Images that tests make up."""

import io

import numpy as np
from PIL import Image


def encoded(image, kind="PNG", **options):
    """An image as the bytes of a file."""
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def film(seed, side=20, kind="JPEG"):
    """The bytes of a grey image like no other seed's."""
    return encoded(Image.fromarray(np.random.default_rng(seed).integers(0, 256, (side, side), np.uint8)), kind)
