"""Small files of weights in the true forms: PyTorch's two by hand, without PyTorch, and Keras 2's."""

import io
import pickle
import struct
import zipfile

import h5py
import numpy as np

from cnnbench.weights.weight_files import Origin

TYPES = {"f4": "FloatStorage", "f8": "DoubleStorage", "i8": "LongStorage"}
END = pickle.STOP


def text(value):
    data = value.encode()
    return pickle.BINUNICODE + struct.pack("<I", len(data)) + data


def number(value):
    if 0 <= value < 256:
        return pickle.BININT1 + bytes([value])
    if abs(value) < 2**31:
        return pickle.BININT + struct.pack("<i", value)
    return pickle.dumps(value, protocol=2)[2:-1]


def call(module, name):
    return pickle.GLOBAL + f"{module}\n{name}\n".encode()


def tuple_of(*parts):
    return pickle.MARK + b"".join(parts) + pickle.TUPLE


def tensor(key, size, shape, strides, offset=0, kind="FloatStorage"):
    """What PyTorch writes for a tensor: a call, with the numbers named by key."""
    storage = tuple_of(text("storage"), call("torch", kind), text(key), text("cpu"), number(size))
    return (
        call("torch._utils", "_rebuild_tensor_v2")
        + tuple_of(
            storage + pickle.BINPERSID,
            number(offset),
            tuple_of(*map(number, shape)),
            tuple_of(*map(number, strides)),
            pickle.NEWFALSE,
            call("collections", "OrderedDict") + pickle.EMPTY_TUPLE + pickle.REDUCE,
        )
        + pickle.REDUCE
    )


def dictionary(items):
    """An OrderedDict of pickled values by name, with what PyTorch hangs on it."""
    made = call("collections", "OrderedDict") + pickle.EMPTY_TUPLE + pickle.REDUCE
    pairs = b"".join(text(name) + value for name, value in items.items())
    state = pickle.EMPTY_DICT + text("_metadata") + pickle.EMPTY_DICT + pickle.SETITEM
    return made + pickle.MARK + pairs + pickle.SETITEMS + state + pickle.BUILD


def state_dict(arrays):
    """Pickled tensors, and the bytes of each storage by key. Arrays that are transposed stay strided."""
    items, storages = {}, {}
    for index, (name, array) in enumerate(arrays.items()):
        key = str(1000 + index)
        base = np.asarray(array)
        plain = base.T if base.ndim > 1 and base.flags.f_contiguous else base
        strides = [step // base.itemsize for step in base.strides]
        items[name] = tensor(key, base.size, base.shape, strides, kind=TYPES[base.dtype.str[1:]])
        storages[key] = np.ascontiguousarray(plain).tobytes()
    return dictionary(items), storages


def pth_zip(pickled, storages):
    """The form of PyTorch 1.6 and later."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("archive/data.pkl", pickle.PROTO + b"\x02" + pickled + END)
        archive.writestr("archive/byteorder", "little")
        for key, numbers in storages.items():
            archive.writestr(f"archive/data/{key}", numbers)
        archive.writestr("archive/version", "3\n")
    return file.getvalue()


def pth_legacy(pickled, storages, itemsize=4):
    """The form before: pickles in a row, then the numbers."""
    machine = {"protocol_version": 1001, "little_endian": True, "type_sizes": {"short": 2, "int": 4, "long": 4}}
    parts = [pickle.dumps(value, protocol=2) for value in (0x1950A86A20F9469CFC6C, 1001, machine)]
    parts.append(pickle.PROTO + b"\x02" + pickled + END)
    parts.append(pickle.dumps(sorted(storages), protocol=2))
    parts += [struct.pack("<q", len(storages[key]) // itemsize) + storages[key] for key in sorted(storages)]
    return b"".join(parts)


def made_up(shapes, seed=0):
    """Finite weights under which a deep network keeps its signal: kernels after He, variances above 0."""
    rng = np.random.default_rng(seed)
    arrays = {}
    for name, shape in shapes.items():
        if len(shape) > 1:
            inputs = np.prod(shape[:-1]) if "depthwise" not in name and "dwconv" not in name else np.prod(shape[:2])
            arrays[name] = rng.normal(0, np.sqrt(2 / inputs), shape).astype("float32")
        else:
            around = 1 if name.endswith(("/0", "/3")) and "conv" not in name.rpartition("_")[2] else 0
            arrays[name] = (around + rng.uniform(-0.1, 0.1, shape)).astype("float32")
    return arrays


def keras2(path, arrays, inner=None):
    """A `.h5` file of Keras 2, from arrays by "<layer>/<index>"; inside of `model_weights` for a whole model."""
    layers = {}
    for name, array in arrays.items():
        layers.setdefault(name.rpartition("/")[0], []).append(array)
    with h5py.File(path, "w") as file:
        root = file.create_group(inner) if inner else file
        root.attrs["layer_names"] = [layer.encode() for layer in ("input_1", *layers)]
        root.create_group("input_1").attrs["weight_names"] = np.array([], "S1")
        for layer, held in layers.items():
            group = root.create_group(layer)
            group.attrs["weight_names"] = [f"{layer}/w{index}:0".encode() for index in range(len(held))]
            for index, array in enumerate(held):
                group[f"{layer}/w{index}:0"] = array


def origin(name, architecture, **facts):
    """What `source.json` says of made-up weights."""
    usual = {
        "source": "file",
        "origin": "made up",
        "trained_on": "ImageNet-1k",
        "licence": "Apache-2.0",
        "citation": "",
        "sha256": "0" * 64,
        "parameters": 8,
    }
    return Origin(name=name, architecture=architecture, **usual | facts)
