"""IDC breast histopathology: patches of breast tissue, with or without invasive ductal carcinoma.

The file name tells the patient. Patches at the edge of a slide are smaller than 50x50, down to 1 pixel wide.
"""

import re

from cnnbench.data.sets import Dataset
from cnnbench.data.sets.breast_histopathology import phantom
from cnnbench.data.sources.kaggle import Kaggle, Member
from cnnbench.data.sources.phantom import Phantom

CLASSES = ("benign", "carcinoma")
# the back references refuse a file whose name contradicts its folders
_FILE = re.compile(r"(?:.*/)?((\d+)/([01])/\2_idx\d+_x\d+_y\d+_class\3\.png)")


def parse(path: str) -> Member | None:
    """Reads label and patient from the path of a patch; the archive holds its tree twice, once in a folder."""
    match = _FILE.fullmatch(path)
    return Member(match[1], int(match[3]), match[2]) if match else None


DATASET = Dataset(
    title="Breast histopathology",
    classes=CLASSES,
    input_shape=(50, 50, 3),
    expected=277_524,
    citation="Cruz-Roa et al.: Automatic detection of invasive ductal carcinoma "
    "in whole slide images with convolutional neural networks. SPIE Medical Imaging 2014.",
    licence="CC0 1.0, as its Kaggle page states",
    sources={
        "phantom": Phantom(phantom.draw),
        "kaggle": Kaggle(
            "paultimothymooney/breast-histopathology-images",
            parse,
            "10253/0/10253_idx5_x1001_y1001_class0.png",
            CLASSES,
        ),
    },
)
