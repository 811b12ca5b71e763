"""IDC breast histopathology: patches of breast tissue, with or without invasive ductal carcinoma."""

from cnnbench.datasets import Dataset
from cnnbench.phantoms import breast_tissue
from cnnbench.sources.arrays import Phantom

DATASET = Dataset(
    title="Breast histopathology",
    task="classification",
    classes=("benign", "carcinoma"),
    input_shape=(50, 50, 3),
    expected=277_524,
    citation="Cruz-Roa et al.: Automatic detection of invasive ductal carcinoma "
    "in whole slide images with convolutional neural networks. SPIE Medical Imaging 2014.",
    licence="CC0 1.0, as its Kaggle page states",
    sources={"phantom": Phantom(breast_tissue.draw)},
)
