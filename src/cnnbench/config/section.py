"""The base class of the sections of `params.yaml`, and their types."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


def _check_name(value: Any) -> Any:
    """Refuses characters with a meaning in DVC, a file system or a shell; DVC reads a dot in a key as a level below."""
    # a hyphen in front would make an option of it in a command
    if isinstance(value, str) and re.fullmatch(r"\w[\w-]*", value):
        return value
    raise ValueError(
        "a name of letters, digits, _ and - (digits alone in quotes), since stages, folders and commands bear it, "
        f"received {value!r}"
    )


# before pydantic's own check, whose message for a number would not say to quote it
Name = Annotated[str, BeforeValidator(_check_name)]
Positive = Annotated[int, Field(gt=0)]
Rate = Annotated[float, Field(gt=0)]
Fraction = Annotated[float, Field(ge=0, le=1)]
# the range that NumPy's global seed takes, which keras.utils.set_random_seed sets
Seed = Annotated[int, Field(ge=0, lt=2**32)]


class Section(BaseModel):
    """Frozen, with strict types, without unknown keys."""

    # strict: else pydantic would take `true` and "5" for numbers; YAML also has .inf and .nan
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)
