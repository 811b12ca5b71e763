"""A data set of images in every form, and tiny networks on it."""

from types import SimpleNamespace

import numpy as np
import pytest
from finished import SIDE, colourful, finish, network
from PIL import Image
from toys import encoded

from cnnbench.config import Data, Split
from cnnbench.data import download
from cnnbench.data.cache import writer
from cnnbench.data.split import split_file


def rotated(image):
    """The bytes of a JPEG with an EXIF orientation of 90 degrees."""
    exif = Image.Exif()
    exif[0x0112] = 6
    return encoded(image, "JPEG", exif=exif)


FORMS = {
    "a.png": encoded,
    "b.jpg": lambda image: encoded(image, "JPEG"),
    "c.jpg": rotated,
    "d.png": lambda image: encoded(image.convert("P")),
    "e.png": lambda image: encoded(image.convert("RGBA").rotate(20)),
    "f.gif": lambda image: encoded(image, "GIF"),
    "g.png": lambda image: encoded(Image.fromarray(np.asarray(image.convert("L")).astype(np.uint16) * 257)),
    "h.tif": lambda image: encoded(image.convert("CMYK"), "TIFF"),
    "i.png": lambda image: encoded(image.resize((SIDE, SIDE))),
    "j.png": lambda image: encoded(image.convert("L")),
}


RANGES = {"uint16": [0, 65535]}  # of g.png, as the download finds it


@pytest.fixture(scope="session")
def own(tmp_path_factory):
    """The user's images, 30 in two classes, and their records."""
    folder = tmp_path_factory.mktemp("own")
    mine, raw, records = folder / "mine", folder / "raw" / "own", folder / "records" / "own"
    for label in ("benign", "malign"):
        for number, (name, form) in enumerate(list(FORMS.items()) * 2):
            path = mine / label / f"{label[0]}{number // len(FORMS)}" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(form(colourful(number + 100 * (label == "malign"))))
    data = Data(source={"name": "folder", "path": str(mine)}, examples=None, size=SIDE)
    download.fetch("own", data, raw, definition="folder")
    frame = split_file.make(raw, Split(train=0.8, val=0.1, test=0.1, seed=0))
    writer.write(raw, frame, records, (SIDE, SIDE))
    return SimpleNamespace(mine=mine, records=records)


@pytest.fixture
def root(tmp_path):
    """A repository with a run of two classes and one output, "own-tiny"."""
    finish(tmp_path, "own-tiny", network(1, "sigmoid"), ["benign", "malign"], threshold=0.3, ranges=RANGES)
    return tmp_path
