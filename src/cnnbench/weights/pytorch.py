"""PyTorch's files of tensors, read without PyTorch and without running what is in them.

They are pickles, a little language that can call anything. This reads no more of it than `torch.save` writes for a
dictionary of tensors, and calls nothing but the functions below. Both forms are known: the zip file of PyTorch 1.6 and
later, and the row of pickles of those before.
"""

from __future__ import annotations

import io
import math
import pickle
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from cnnbench.weights.entry import Entry, MalformedError

LEGACY = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."
"""How the older form begins: its magic number, pickled."""

_LONGEST = 2**24  # bytes of pickles; those of a network have some ten thousand
_DTYPES = {
    "FloatStorage": "<f4",
    "DoubleStorage": "<f8",
    "HalfStorage": "<f2",
    "LongStorage": "<i8",
    "IntStorage": "<i4",
    "ShortStorage": "<i2",
    "CharStorage": "<i1",
    "ByteStorage": "<u1",
    "BoolStorage": "?",
}


@dataclass(frozen=True, slots=True)
class _Storage:
    key: str
    dtype: str
    size: int


@dataclass(frozen=True, slots=True)
class _Tensor:
    """A view of a storage: its first element, its sides, and the steps along them."""

    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


def read(content: bytes) -> dict[str, Entry]:
    """Lists the tensors of a file, by name.

    Args:
        content: Of the file: a dictionary of tensors, or of dictionaries, of which "state_dict" or "model" is meant.

    Raises:
        MalformedError: It is damaged, or has anything else in it.
    """
    try:
        value, load = _read_legacy(content) if content.startswith(LEGACY) else _read_zip(content)
        return {
            name: Entry(item.shape, partial(_view, item, load))
            for name, item in _find_tensors(value).items()
            if isinstance(item, _Tensor)
        }
    # whatever the pickle's instructions lead to: wrong types, an empty stack, numbers without end
    except Exception as error:
        reason = f": {error}" if isinstance(error, MalformedError) else ""
        raise MalformedError(f"a file that is damaged or holds more than tensors{reason}") from None


def _read_legacy(content: bytes) -> tuple[Any, Callable[[_Storage], bytes]]:
    """Magic number, version, machine, tensors, keys of the storages; then each one's size and bytes, in that order."""
    file = io.BytesIO(content[:_LONGEST])
    reader = _Reader(file)
    _, _, machine, value = (reader.load() for _ in range(4))
    if machine.get("little_endian") is not True:
        raise MalformedError("numbers of a machine that has their last byte first")
    places: dict[str, tuple[int, int]] = {}
    keys = _Reader(file).load()
    end = file.tell()
    for key in keys:
        storage = reader.storages[key]
        start = end + 8
        end = start + storage.size * np.dtype(storage.dtype).itemsize
        if int.from_bytes(content[start - 8 : start], "little") != storage.size or end > len(content):
            raise MalformedError("fewer numbers than it says")
        places[key] = (start, end)
    return value, lambda storage: content[slice(*places[storage.key])]


def _read_zip(content: bytes) -> tuple[Any, Callable[[_Storage], bytes]]:
    archive = zipfile.ZipFile(io.BytesIO(content))
    members = {member.filename: member for member in archive.infolist()}
    pickled = next(member for name, member in members.items() if name.endswith("/data.pkl"))
    root = pickled.filename.removesuffix("data.pkl")
    # stored as they are by PyTorch: a compressed one could unpack to any size
    if pickled.file_size > _LONGEST or any(member.compress_type != zipfile.ZIP_STORED for member in members.values()):
        raise MalformedError("compressed or endless parts")
    if f"{root}byteorder" in members and archive.read(f"{root}byteorder") != b"little":
        raise MalformedError("numbers of a machine that has their last byte first")
    value = _Reader(io.BytesIO(archive.read(pickled))).load()
    return value, lambda storage: archive.read(members[f"{root}data/{storage.key}"])


def _find_tensors(value: Any) -> Mapping[str, Any]:
    for key in ("state_dict", "model_state_dict", "model"):
        if isinstance(value, dict) and isinstance(value.get(key), dict):
            value = value[key]
    if not isinstance(value, dict) or not any(isinstance(item, _Tensor) for item in value.values()):
        raise MalformedError("no tensors by name")
    # as torch.nn.DataParallel names them
    return {str(name).removeprefix("module."): item for name, item in value.items()}


def _view(tensor: _Tensor, load: Callable[[_Storage], bytes]) -> NDArray[Any]:
    numbers = np.frombuffer(load(tensor.storage), tensor.storage.dtype)
    sides = (tensor.offset, *tensor.shape, *tensor.strides)
    if not all(isinstance(side, int) and side >= 0 for side in sides) or len(tensor.shape) != len(tensor.strides):
        raise MalformedError("a tensor of no shape")
    last = tensor.offset + sum((side - 1) * step for side, step in zip(tensor.shape, tensor.strides, strict=True))
    # a step of 0 could repeat one number without end
    if 0 in tensor.shape or last >= len(numbers) or math.prod(tensor.shape) > len(numbers):
        raise MalformedError("a tensor that reaches beyond its numbers")
    steps = [step * numbers.itemsize for step in tensor.strides]
    return np.lib.stride_tricks.as_strided(numbers[tensor.offset :], tensor.shape, steps).copy()


def _make_tensor(storage: Any, offset: Any, shape: Any, strides: Any, *_: Any) -> _Tensor:
    if not isinstance(storage, _Storage):
        raise MalformedError("a tensor without numbers")
    return _Tensor(storage, offset, tuple(shape), tuple(strides))


def _make_dictionary() -> dict[str, Any]:
    return {}


def _keep(tensor: Any, *_: Any) -> Any:
    return tensor


_CALLABLE: dict[tuple[str, str], Any] = {
    ("collections", "OrderedDict"): _make_dictionary,
    ("torch._utils", "_rebuild_tensor_v2"): _make_tensor,
    ("torch._utils", "_rebuild_parameter"): _keep,
    **{("torch", name): dtype for name, dtype in _DTYPES.items()},
}


# in Python: the one in C takes memory for any number that a file names as a place in its list of objects
class _Reader(pickle._Unpickler):
    """A pickle machine of few instructions, none of which changes an object of this program."""

    # of the base class, whose types are not declared
    stack: list[Any]
    pop_mark: Callable[[], list[Any]]

    def __init__(self, file: IO[bytes]) -> None:
        super().__init__(file)
        self.storages: dict[str, _Storage] = {}

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _CALLABLE:
            raise MalformedError(f"a call of {module}.{name}")
        return _CALLABLE[module, name]

    def persistent_load(self, pid: Any) -> _Storage:
        _, dtype, key, _, size, *_ = pid
        if not isinstance(key, str) or dtype not in _DTYPES.values() or not isinstance(size, int) or size < 0:
            raise MalformedError("numbers of no type")
        return self.storages.setdefault(key, _Storage(key, dtype, size))

    def load_build(self) -> None:
        """Drops what PyTorch hangs on a dictionary of tensors: the versions of its modules."""
        self.stack.pop()

    def load_setitems(self) -> None:
        items = self.pop_mark()
        self._set(items)

    def load_setitem(self) -> None:
        value, key = self.stack.pop(), self.stack.pop()
        self._set([key, value])

    def _set(self, items: list[Any]) -> None:
        # of nothing else: Python goes through nested tuples to their end, and a file can nest millions
        if type(self.stack[-1]) is not dict or not all(isinstance(key, str | int) for key in items[::2]):
            raise MalformedError("a dictionary without names")
        self.stack[-1].update(zip(items[::2], items[1::2], strict=True))


_KEPT = [
    *(pickle.PROTO, pickle.STOP, pickle.MARK, pickle.GLOBAL, pickle.REDUCE, pickle.BINPERSID),
    *(pickle.NONE, pickle.NEWTRUE, pickle.NEWFALSE, pickle.BININT, pickle.BININT1, pickle.BININT2, pickle.LONG1),
    *(pickle.BINFLOAT, pickle.BINUNICODE, pickle.EMPTY_DICT, pickle.EMPTY_LIST, pickle.EMPTY_TUPLE, pickle.TUPLE),
    *(pickle.TUPLE1, pickle.TUPLE2, pickle.TUPLE3, pickle.APPEND, pickle.APPENDS),
    *(pickle.BINPUT, pickle.LONG_BINPUT, pickle.BINGET, pickle.LONG_BINGET),
]
_dispatch: dict[int, Any] = {code[0]: pickle._Unpickler.dispatch[code[0]] for code in _KEPT}
_Reader.dispatch = _dispatch | {
    pickle.BUILD[0]: _Reader.load_build,
    pickle.SETITEM[0]: _Reader.load_setitem,
    pickle.SETITEMS[0]: _Reader.load_setitems,
}
