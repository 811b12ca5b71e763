"""What the system refuses, in plain words: room on a disk, a permission, memory."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator

_REFUSALS = {
    errno.ENOSPC: ("a full disk", "free some space"),
    errno.EDQUOT: ("a used up disk quota", "free some space"),
    errno.EFBIG: ("a limit on the size of files", "raise it (ulimit -f)"),
    errno.EACCES: ("no permission", "change the permissions or choose another place"),
    errno.EPERM: ("no permission", "change the permissions or choose another place"),
    errno.EROFS: ("a read-only file system", "make it writable or choose another place"),
    errno.ENAMETOOLONG: ("a name that is too long", "shorten it"),
    errno.EIO: ("an input/output error", "look after the disk"),
    errno.EMFILE: ("too many open files", "raise the limit (ulimit -n)"),
    errno.ENFILE: ("too many open files", "close other programs"),
}
"""What to tell of an error number, and its remedy. None of them comes from a mistake in the code."""

_OTHER = {
    errno.ENOENT: ("no such file or folder", "check the path"),
    errno.ENOTDIR: ("a file where a folder should be", "choose another place"),
    errno.EISDIR: ("a folder where a file should be", "choose another place"),
    errno.EEXIST: ("a file where a folder should be", "choose another place"),
}
_NO_MEMORY = "Expected more memory than there is: close other programs, or lower batch_size, size or examples."


def explain(error: BaseException) -> str | None:
    """The line for a person on an error that the system has caused; None for any other error."""
    if (number := find_number(error)) is not None:
        named = next((one for one in _chain(error) if isinstance(one, OSError) and one.filename), None)
        return _describe(number, named)
    if isinstance(error, MemoryError) or "OOM when allocating" in str(error):  # the latter is TensorFlow's
        return _NO_MEMORY
    if isinstance(error, OSError):
        return _describe(error.errno, error)
    return None


def find_number(error: BaseException) -> int | None:
    """The number of the refusal behind an error, also where a library made another error of it; None if there is none.

    h5py, pyarrow and TensorFlow raise errors of their own that quote the system; zipfile complains of an open handle.
    """
    for one in _chain(error):
        if isinstance(one, OSError) and one.errno in _REFUSALS:
            return one.errno
        text = str(one)
        for number in _REFUSALS:
            if os.strerror(number) in text:
                return number
    return None


def _describe(number: int | None, error: BaseException | None) -> str:
    path = getattr(error, "filename", None)
    what = os.fsdecode(path) if isinstance(path, str | bytes) else path or "a file"
    known = _REFUSALS | _OTHER
    if number in known:
        received, remedy = known[number]
    else:
        received, remedy = " ".join(str(getattr(error, "strerror", None) or error).split()), "see to that"
    return f"Expected to read or write {what}, received {received}: {remedy}, then run it again."


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error, and those that led to it."""
    one: BaseException | None = error
    while one is not None:
        yield one
        one = one.__cause__ or (None if one.__suppress_context__ else one.__context__)
