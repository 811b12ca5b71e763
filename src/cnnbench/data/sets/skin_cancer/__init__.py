"""Skin lesions of the ISIC archive: benign or malignant."""

import re

from cnnbench.data.sets import Dataset
from cnnbench.data.sets.skin_cancer import phantom
from cnnbench.data.sources.kaggle import Kaggle, Member
from cnnbench.data.sources.phantom import Phantom

CLASSES = ("benign", "malignant")
_FILE = re.compile(r"(?:.*/)?((train|test)/(benign|malignant)/[^/]+\.jpg)")


def parse(path: str) -> Member | None:
    """Reads label and part from the path of a lesion; the archive holds its tree twice, once in a folder."""
    match = _FILE.fullmatch(path)
    return Member(match[1], CLASSES.index(match[3]), match[1], match[2]) if match else None


DATASET = Dataset(
    title="Skin cancer",
    classes=CLASSES,
    input_shape=(240, 240, 3),
    expected=3_297,
    citation="Fanconi: Skin Cancer: Malignant vs. Benign. Kaggle, 2019; images of the ISIC Archive.",
    licence="as its Kaggle page states: unknown; ISIC images are CC0 or CC BY-NC",
    sources={
        "phantom": Phantom(phantom.draw),
        "kaggle": Kaggle("fanconic/skin-cancer-malignant-vs-benign", parse, "train/benign/1.jpg", CLASSES),
    },
)
