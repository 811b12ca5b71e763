"""Kermany chest X-ray: films of children, healthy or with pneumonia.

The file name tells the patient. `personN_bacteria_M` and `personN_virus_M` are two numberings: within each, M never
repeats over train, val and test together, N rises with M without one step back, and no N stands in two of the folders.
So the numbering does not start over between the folders, the publisher's split parts no patient, and the 170 numbers
that stand in both train and test are a patient with bacteria in one and another with a virus in the other. Likewise
`IM-N-M` and `NORMAL2-IM-N-M`.
"""

import re

from cnnbench.data.sets import Dataset
from cnnbench.data.sets.chest_xray import phantom
from cnnbench.data.sources.kaggle import Kaggle, Member
from cnnbench.data.sources.phantom import Phantom

CLASSES = ("NORMAL", "PNEUMONIA")
_FILE = re.compile(r"(?:.*/)?((train|val|test)/(NORMAL|PNEUMONIA)/([^/]+)\.jpeg)")
_PATIENT = re.compile(r"person(\d+)_(bacteria|virus)_.*|((?:NORMAL2-)?IM-\d+)-.*")


def parse(path: str) -> Member | None:
    """Reads label, patient and part from the path of a film."""
    match = _FILE.fullmatch(path)
    if not match:
        return None
    name, part, label, stem = match.groups()
    patient = _PATIENT.fullmatch(stem)
    # bacteria and virus number their patients apart, so the number alone would join strangers
    group = name if not patient else patient[3] or f"{patient[2]}-person{patient[1]}"
    return Member(name, CLASSES.index(label), group, part)


DATASET = Dataset(
    title="Chest X-ray",
    classes=CLASSES,
    input_shape=(180, 180, 3),
    expected=5_856,
    citation="Kermany et al.: Identifying Medical Diagnoses and Treatable "
    "Diseases by Image-Based Deep Learning. Cell 172, 2018.",
    licence="CC BY 4.0",
    sources={
        "phantom": Phantom(phantom.draw),
        "kaggle": Kaggle("paultimothymooney/chest-xray-pneumonia", parse, "train/NORMAL/IM-0115-0001.jpeg", CLASSES),
    },
)
