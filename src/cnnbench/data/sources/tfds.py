"""Data sets of tensorflow-datasets: its downloads, its checksums, its folder.

The bytes of its records vary from process to process (the order of features in a record), so only their encoded images
are kept, in its own order, which depends only on a hash of the key of each example.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from cnnbench.config import Data
from cnnbench.core.errors import UserError
from cnnbench.data.sources import Contents, Entry, extras, tfds_builder

PARTS = {"train": "train", "validation": "val", "test": "test"}  # its name in tensorflow-datasets, and ours

_FOLDER = "~/tensorflow_datasets"  # its default
_BATCH = 256  # one by one takes three times as long


@dataclass(frozen=True)
class Tfds:
    """A data set of images in classes that tensorflow-datasets knows.

    Attributes:
        name: Its name there.
        hint: Another remedy, for the message where the publisher's archive is refused.
    """

    name: str
    hint: str = ""

    @contextmanager
    def open(self, data: Data, archives: Path | None, scratch: Path) -> Iterator[Contents]:  # noqa: ARG002
        """Lists the images in the user's folder of tensorflow-datasets; prepares a missing data set there.

        Raises:
            UserError: It is missing and can neither be downloaded nor built from the user's archives, the disk is full,
                or the prepared data set is damaged.
        """
        extras.require("tensorflow_datasets", f"which reads {self.name}")
        home = Path(os.environ.get("TFDS_DATA_DIR") or _FOLDER).expanduser()
        with tfds_builder.silence():
            import tensorflow as tf
            import tensorflow_datasets as tfds

            with suppress(RuntimeError):  # already initialised, and so configured
                tf.config.set_visible_devices([], "GPU")  # else TensorFlow would take all of its memory, to read files
            builder = tfds.builder(self.name, data_dir=home)
            with _refuse_damage(builder):
                if not builder.is_prepared():
                    tfds_builder.prepare(builder, home, archives, self.hint)
                size, splits = int(builder.info.dataset_size), builder.info.splits
            yield Contents(
                origin=f"{builder.info.full_name} of tensorflow-datasets",
                entries=_entries(builder),
                total=sum(splits[split].num_examples for split in PARTS if split in splits),
                size=size,
                archives={info.filename: info.checksum for info in builder.url_infos.values()},
            )


@contextmanager
def _refuse_damage(builder: Any) -> Iterator[None]:
    import tensorflow as tf
    import tensorflow_datasets as tfds

    try:
        yield
    except (tf.errors.OpError, tfds.core.dataset_info.DatasetInfoFileError, ValueError) as error:
        raise UserError(
            f"Expected {builder.name} whole in {builder.data_dir}, received {tfds_builder.first_line(error)}: "
            "remove that folder to have it prepared again."
        ) from None


def _entries(builder: Any) -> Iterator[Entry]:
    import tensorflow_datasets as tfds

    for split, part in PARTS.items():
        if split not in builder.info.splits:
            continue
        with _refuse_damage(builder):
            read = builder.as_dataset(
                split=split,
                shuffle_files=False,
                decoders={"image": tfds.decode.SkipDecoding()},  # the encoded file, as the builder has stored it
                # no cache: each record is read once
                # one shard after the other: the order is then the same for any number of shards
                read_config=tfds.ReadConfig(interleave_cycle_length=1, try_autocache=False),
            )
            done = 0
            for batch in read.batch(_BATCH).as_numpy_iterator():
                images, labels = batch["image"], batch["label"].tolist()
                rows = [_parse_row(name) for name in batch["id"]] if "id" in batch else range(done, done + len(labels))
                for image, label, row in zip(images, labels, rows, strict=True):
                    key = f"{part}/{row:06d}"
                    yield Entry(key, label, key, part, partial(bytes, image))
                done += len(labels)


def _parse_row(name: bytes) -> int:
    """The row in the publisher's file, from an id such as valid_12 or train_00012."""
    return int(name.decode().rpartition("_")[2])
