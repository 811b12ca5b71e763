"""A user's own images; the folders or the labels name their classes."""

from cnnbench.data.sets import Dataset
from cnnbench.data.sources.own.folder import Folder

DATASET = Dataset(
    title="",
    # known only when the user's folder is listed
    classes=(),
    input_shape=(0, 0, 3),
    expected=0,
    citation="",
    licence="",
    sources={"folder": Folder()},
)
