"""A user's own images; their classes are what the folders or the labels are called."""

from cnnbench.data.sets import Dataset
from cnnbench.data.sources.folder import Folder

DATASET = Dataset(
    title="",
    task="classification",
    classes=(),
    input_shape=(0, 0, 3),
    expected=0,
    citation="",
    licence="",
    sources={"folder": Folder()},
)
