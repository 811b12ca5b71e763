"""The base class of the sections of `params.yaml`, and their types."""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

_RESERVED = re.compile("con|prn|aux|nul|com[0-9]|lpt[0-9]", re.IGNORECASE)  # devices of Windows, whatever the suffix
_INVISIBLE = re.compile("[\u034f\u180b-\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")  # the marks that change no letter
_MOST_BYTES = 200  # a file name may have 255, and stages add suffixes


def check_name(value: Any) -> str:
    """Refuses characters with a meaning in DVC, a file system or a shell; DVC reads a dot in a key as a level below.

    Raises:
        ValueError: With what was expected and received.
    """
    if not (isinstance(value, str) and _is_name(value)):
        raise ValueError(
            "a name of letters, digits, _ and - (digits alone in quotes), since stages, folders and commands bear it, "
            f"received {value!r}"
        )
    if len(value.encode()) > _MOST_BYTES:
        raise ValueError(f"a name of at most {_MOST_BYTES} bytes, since files bear it, received {value!r}")
    if _RESERVED.fullmatch(value):
        raise ValueError(f"a name that no device of Windows has, received {value!r}")
    # the other form looks the same and is another file on Linux, the same on macOS
    if not unicodedata.is_normalized("NFC", value):
        raise ValueError(f"a name in Unicode's composed form (NFC), received {value!a}")
    return value


def _is_name(value: str) -> bool:
    # marks are the vowels of Hindi and Thai, which Python's \w leaves out
    letters = "".join(character for character in value if not unicodedata.category(character).startswith("M"))
    # a hyphen in front would make an option of it in a command
    return re.fullmatch(r"\w[\w-]*", letters) is not None and not _INVISIBLE.search(value)


# before pydantic's own check, whose message for a number would not say to quote it
Name = Annotated[str, BeforeValidator(check_name)]
Positive = Annotated[int, Field(gt=0, lt=2**31)]  # what NumPy and TensorFlow count with
Rate = Annotated[float, Field(gt=0)]
Fraction = Annotated[float, Field(ge=0, le=1)]
# the range that NumPy's global seed takes, which keras.utils.set_random_seed sets
Seed = Annotated[int, Field(ge=0, lt=2**32)]


class Section(BaseModel):
    """Frozen, with strict types, without unknown keys."""

    # strict: else pydantic would take `true` and "5" for numbers; YAML also has .inf and .nan
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)
