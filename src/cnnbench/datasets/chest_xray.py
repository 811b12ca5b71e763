"""Kermany chest X-ray: films of children, healthy or with pneumonia."""

from cnnbench.datasets import Dataset
from cnnbench.phantoms import chest
from cnnbench.sources.arrays import Phantom

DATASET = Dataset(
    title="Chest X-ray",
    task="classification",
    classes=("NORMAL", "PNEUMONIA"),
    input_shape=(180, 180, 3),
    expected=5_856,
    citation="Kermany et al.: Identifying Medical Diagnoses and Treatable "
    "Diseases by Image-Based Deep Learning. Cell 172, 2018.",
    licence="CC BY 4.0",
    sources={"phantom": Phantom(chest.draw)},
)
