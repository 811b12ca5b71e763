"""Skin lesions of the ISIC archive: benign or malignant."""

from cnnbench.datasets import Dataset
from cnnbench.phantoms import skin
from cnnbench.sources.arrays import Phantom

DATASET = Dataset(
    title="Skin cancer",
    task="classification",
    classes=("benign", "malignant"),
    input_shape=(240, 240, 3),
    expected=3_297,
    citation="Fanconi: Skin Cancer: Malignant vs. Benign. Kaggle, 2019; images of the ISIC Archive.",
    licence="as its Kaggle page states: unknown; ISIC images are CC0 or CC BY-NC",
    sources={"phantom": Phantom(skin.draw)},
)
