"""Brain tumour MRI: slices in four classes."""

from cnnbench.datasets import Dataset
from cnnbench.phantoms import brain
from cnnbench.sources.arrays import Phantom

DATASET = Dataset(
    title="Brain tumour MRI",
    task="classification",
    classes=("glioma", "meningioma", "notumor", "pituitary"),
    input_shape=(224, 224, 3),
    expected=7_023,
    citation="Nickparvar: Brain Tumor MRI Dataset. Kaggle, 2021.",
    licence="CC0 1.0, as its Kaggle page states",
    sources={"phantom": Phantom(brain.draw)},
)
