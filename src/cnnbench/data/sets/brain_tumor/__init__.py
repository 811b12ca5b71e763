"""Brain tumour MRI: slices in four classes.

Patients are not known; the files are pooled from several collections, with many copies. Some are grey and some RGB, in
different shares per class, so `images.decode` gives both one form.
"""

import re

from cnnbench.data.sets import Dataset
from cnnbench.data.sets.brain_tumor import phantom
from cnnbench.data.sources.kaggle import Kaggle, Member
from cnnbench.data.sources.phantom import Phantom

CLASSES = ("glioma", "meningioma", "notumor", "pituitary")
_FILE = re.compile(r"(?:.*/)?((Training|Testing)/(glioma|meningioma|notumor|pituitary)/[^/]+\.jpg)")


def parse(path: str) -> Member | None:
    """Reads label and part from the path of a slice."""
    if not (match := _FILE.fullmatch(path)):
        return None
    name, part, label = match.groups()
    # the name as group too, since patients are not known
    return Member(name, CLASSES.index(label), name, "train" if part == "Training" else "test")


DATASET = Dataset(
    title="Brain tumour MRI",
    classes=CLASSES,
    input_shape=(224, 224, 3),
    expected=7_023,
    citation="Nickparvar: Brain Tumor MRI Dataset. Kaggle, 2021.",
    licence="CC0 1.0, as its Kaggle page states",
    sources={
        "phantom": Phantom(phantom.draw),
        "kaggle": Kaggle("masoudnickparvar/brain-tumor-mri-dataset", parse, "Training/glioma/Tr-gl_0010.jpg", CLASSES),
    },
)
