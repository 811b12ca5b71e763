"""PyTorch's files: both forms, views, the true one of the package, and files that would run code or fill the memory."""

import importlib.metadata
import io
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest
from files_of_weights import call, dictionary, number, pth_legacy, pth_zip, state_dict, tensor, text, tuple_of

from cnnbench.weights import pytorch
from cnnbench.weights.entry import MalformedError
from cnnbench.weights.sources import PACKAGES

ARRAYS = {
    "conv.weight": np.arange(24, dtype="f4").reshape(2, 3, 2, 2),
    "strided": np.asfortranarray(np.arange(6, dtype="f4").reshape(2, 3)),
    "bias": np.arange(3, dtype="f4"),
}
FORMS = pytest.mark.parametrize("form", [pth_zip, pth_legacy])


def values(content):
    return {name: entry.read() for name, entry in pytorch.read(content).items()}


@FORMS
def test_reads_tensors_by_name(form):
    found = values(form(*state_dict(ARRAYS)))
    assert found.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(found[name], array)
        assert found[name].dtype == array.dtype


@FORMS
def test_reads_a_view_of_larger_numbers(form):
    pickled = dictionary({"part": tensor("0", 10, (2, 2), (4, 2), offset=1)})
    found = values(form(pickled, {"0": np.arange(10, dtype="f4").tobytes()}))
    np.testing.assert_array_equal(found["part"], [[1, 3], [5, 7]])


def test_reads_other_types_and_numbers_without_shape():
    found = values(pth_zip(*state_dict({"n": np.array(7, "i8"), "d": np.array([0.5], "f8")})))
    assert (found["n"], found["d"]) == (7, 0.5)


@pytest.mark.parametrize("key", ["state_dict", "model"])
def test_finds_the_tensors_in_a_checkpoint_of_several_cards(key):
    pickled, storages = state_dict({"module.bias": ARRAYS["bias"]})
    checkpoint = dictionary({"epoch": number(7), key: pickled})
    np.testing.assert_array_equal(values(pth_zip(checkpoint, storages))["bias"], ARRAYS["bias"])


class Shell:
    """What a pickle does that calls a command."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (Path.touch, (self.path,))


NUMBERS = {"0": np.zeros(4, "f4").tobytes()}
PLAIN = tensor("0", 4, (4,), (1,))
HOSTILE = {
    "calls another function": call("os", "system") + tuple_of(text("true")) + pickle.REDUCE,
    "calls a builtin": call("builtins", "eval") + tuple_of(text("1")) + pickle.REDUCE,
    "calls what it has made": text("f") + tuple_of() + pickle.REDUCE,
    "calls by a later instruction": text("os") + text("system") + pickle.STACK_GLOBAL,
    "makes an object": call("collections", "OrderedDict") + pickle.EMPTY_TUPLE + pickle.NEWOBJ,
    "puts an object anywhere": dictionary({"a": PLAIN}) + pickle.LONG_BINPUT + b"\xff\xff\xff\x7f" + pickle.POP,
    "nests without end": pickle.EMPTY_DICT + pickle.EMPTY_TUPLE + pickle.TUPLE1 * 10**5 + number(1) + pickle.SETITEM,
    "sets what is no dictionary": call("torch._utils", "_rebuild_parameter") + text("a") + number(1) + pickle.SETITEM,
    "repeats a number": dictionary({"a": tensor("0", 4, (2**40,), (0,))}),
    "reaches beyond its numbers": dictionary({"a": tensor("0", 4, (2, 2), (4, 1))}),
    "begins before its numbers": dictionary({"a": tensor("0", 4, (1,), (1,), offset=-2)}),
    "has no tensors": dictionary({"a": number(1)}),
    "has tensors without names": pickle.EMPTY_LIST + PLAIN + pickle.APPEND,
    "has a tensor without numbers": dictionary(
        {"a": call("torch._utils", "_rebuild_tensor_v2") + tuple_of(*map(number, (1, 2, 3, 4))) + pickle.REDUCE}
    ),
    "has nothing": b"",
}


@FORMS
@pytest.mark.parametrize("pickled", HOSTILE.values(), ids=HOSTILE)
def test_refuses_what_is_more_than_tensors(form, pickled):
    with pytest.raises(MalformedError):
        values(form(pickled, NUMBERS))


@FORMS
def test_no_code_runs(form, tmp_path):
    ran = tmp_path / "ran"
    pickled = pickle.dumps(Shell(ran), protocol=2)
    pickle.loads(pickled)  # noqa: S301 - that it would run
    assert ran.exists()
    ran.unlink()
    with pytest.raises(MalformedError, match="holds more than tensors: a call of"):
        pytorch.read(form(pickled[2:-1], NUMBERS))
    assert not ran.exists()


def test_nothing_of_the_reader_is_changed_by_a_file():
    """A pickle may set attributes of any function that it can name."""
    defaults = pytorch._make_tensor.__defaults__
    state = pickle.NONE + pickle.EMPTY_DICT + text("__defaults__") + number(1) + pickle.SETITEM + pickle.TUPLE2
    with pytest.raises(MalformedError):
        values(pth_zip(call("torch._utils", "_rebuild_tensor_v2") + state + pickle.BUILD, NUMBERS))
    assert pytorch._make_tensor.__defaults__ == defaults


@FORMS
@pytest.mark.parametrize("share", [0.1, 0.5, 0.95, 0.999])
def test_refuses_a_file_that_is_cut_short(form, share):
    content = form(*state_dict(ARRAYS))
    with pytest.raises(MalformedError):
        values(content[: int(len(content) * share)])


def test_refuses_a_compressed_file():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a/data.pkl", pickle.PROTO + b"\x02" + dictionary({"a": PLAIN}) + pickle.STOP)
        archive.writestr("a/data/0", NUMBERS["0"])
    with pytest.raises(MalformedError, match="compressed"):
        pytorch.read(file.getvalue())


def test_reads_the_package():
    package = PACKAGES["efficientnet_lite0"]
    try:
        distribution = importlib.metadata.distribution(package.name)
    except importlib.metadata.PackageNotFoundError:
        pytest.skip(f"{package.name} is not installed")
    (path,) = (distribution.locate_file(file) for file in distribution.files if file.suffix == ".pth")
    found = values(Path(path).read_bytes())
    floats = {name: array for name, array in found.items() if array.dtype == np.float32}
    assert (len(found), len(floats)) == (296, 247)
    assert sum(array.size for array in floats.values()) == 4_694_024
    assert all(np.isfinite(array).all() for array in floats.values())
