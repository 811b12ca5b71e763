"""PatchCamelyon: patches of lymph-node slides, with or without metastatic tissue.

The publisher's parts have no slide in common. An id such as val/000012 is the patch's row in the publisher's file of
that part, by which the publisher's tables name its slide.
"""

from cnnbench.data.sets import Dataset
from cnnbench.data.sets.patch_camelyon import phantom
from cnnbench.data.sources.phantom import Phantom
from cnnbench.data.sources.tfds import Tfds

DATASET = Dataset(
    title="PatchCamelyon",
    classes=("normal", "tumour"),
    input_shape=(96, 96, 3),
    expected=327_680,
    citation="Veeling, Linmans, Winkens, Cohen, Welling: Rotation Equivariant CNNs for Digital Pathology. MICCAI 2018.",
    licence="CC0 1.0",
    sources={"phantom": Phantom(phantom.draw), "tfds": Tfds("patch_camelyon")},
)
