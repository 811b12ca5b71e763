"""Image files, found in folders and read as the cache stage reads them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from cnnbench.core.errors import UserError
from cnnbench.data import images
from cnnbench.data.images import Decoded
from cnnbench.data.sources import walking
from cnnbench.data.sources.content import IMAGE_BYTES
from cnnbench.inference.predict.inputs import Input
from cnnbench.runs.record import Plan


def find(paths: Sequence[Path], run: Plan, leave_out: Callable[[str], object]) -> list[Input]:
    """Finds image files, each once.

    Args:
        paths: Files of any name, and folders. Of a folder count the files that are images by content or name, to any
            depth, without hidden ones.
        run: The network's record, which says how its images were decoded and brought to their shape.
        leave_out: Gets a line on each other file in a folder, and on each folder that may not be read.

    Raises:
        UserError: There is nothing at a path, or no image in a folder.
    """
    found: dict[Path, None] = {}  # a set that keeps the order
    for path in paths:
        if path.is_dir():
            all_of = [one for one in walking.walk(path) if one.why not in (walking.HIDDEN, walking.LOOP)]
            images_in = [one.path for one in all_of if one.kind]
            left_out = [f"{_printable(one.path)}: {_explain(one)}" for one in all_of if not one.kind]
            if not images_in:
                received = f"{len(left_out):,} that are none, such as {left_out[0]}" if left_out else "none"
                raise UserError(f"Expected images in {path}, received {received}.")
            found.update(dict.fromkeys(images_in))
            for line in left_out:
                leave_out(line)
        elif path.exists():
            found[path] = None
        else:
            raise UserError(f"Expected an image or a folder of images at {path}, received nothing there.")
    # Not read yet: `inputs.read` does that in threads, batch by batch.
    return [Input({"file": _printable(path)}, partial(read, path, run)) for path in found]


def read(path: Path, run: Plan) -> Decoded:
    """Reads one image as the cache stage does, and says what is odd about it.

    Args:
        path: An encoded image.
        run: The network's record.

    Raises:
        UserError: It is not a file, cannot be read, or is no image.
    """
    if not path.is_file():  # reading a pipe could block for ever
        raise UserError("Expected an image file, received something that is no file.")
    try:
        if (size := path.stat().st_size) > IMAGE_BYTES:
            raise UserError(f"Expected an image file of at most {IMAGE_BYTES:,} bytes, received {size:,}.")
        data = path.read_bytes()
    except OSError as error:
        raise UserError(f"Expected an image file that can be read, received: {error.strerror}.") from None
    # As the cache stage does: another would give the network other pixels.
    return images.prepare_new(data, run.input_shape, run.ranges, run.fit)


def _printable(path: Path) -> str:
    """Its name; bytes that are not UTF-8, which no table can hold, are written in hex."""
    # Python keeps such bytes of a name as lone surrogates.
    return str(path).encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _explain(one: walking.Found) -> str:
    if one.refused:
        return f"Expected a file or folder that can be read, received {one.why}."
    return f"Expected an image, received a file of another kind: {one.why}."
