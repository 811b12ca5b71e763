"""Reads and validates `params.yaml`; an error is one line that names the key."""

from __future__ import annotations

import re
from pathlib import Path

from pydantic import ValidationError

from cnnbench.config import yaml_file
from cnnbench.config.params import Params
from cnnbench.core.errors import UserError

PATH = Path("params.yaml")
_NO_KEYS = ("constant", "exponential", "plateau", "cosine", "[key]")  # pydantic adds them to the location of an error


def load(path: Path = PATH) -> Params:
    """Reads and validates `params.yaml`; an empty file has no data sets and no runs.

    Raises:
        UserError: The file is missing, is not YAML or has an unexpected value; the message names the line or the key.
    """
    return validate(yaml_file.read(path), path)


def validate(content: object, path: Path = PATH) -> Params:
    """Validates the content of `params.yaml`.

    Raises:
        UserError: A value is unexpected; the message names the key.
    """
    try:
        return Params.model_validate(content)
    except ValidationError as error:
        raise UserError(f"{explain(path, error)}.") from None


def explain(path: Path, error: ValidationError) -> str:
    """The first of pydantic's errors as `Expected ..., received ...`, without a full stop."""
    first, *more = error.errors(include_url=False)
    key = ".".join(str(part) for part in first["loc"] if part not in _NO_KEYS)
    rest = f" ({len(more)} more like it)" if more else ""
    kind, message = first["type"], first["msg"]
    if kind == "missing":
        return f"Expected a key {key} in {path}, received none{rest}"
    if kind in ("extra_forbidden", "invalid_key"):
        return f"Expected only known keys in {path}, received {key}{rest}"
    # pydantic puts `Value error, ` before the text of our own validators
    if kind == "value_error":
        return f"Expected {message.removeprefix('Value error, ')} in {path}{f' at {key}' if key else ''}{rest}"
    # it is located at the union, one level above its tag, which is always `name`
    if kind == "union_tag_invalid":
        tag, tags = first["ctx"]["tag"], first["ctx"]["expected_tags"]
        return f"Expected {key}.name in {path} to be one of {tags}, received {tag!r}{rest}"
    if kind == "json_invalid":
        return f"Expected valid JSON in {path}, received: {first['ctx']['error']}"
    expected = (
        message.removeprefix("Input should be ")
        # without its `valid`, pydantic's `a valid integer` would read `a integer`
        .replace("valid ", "")
        .replace("a integer", "an integer")
        .replace("a array", "an array")
    )
    # the name of the class says nothing to who writes the file
    expected = re.sub(r"a dictionary( or instance of \w+)?", "a mapping", expected)
    remedy = ": write {}" if kind == "dict_type" and first["input"] is None else ""
    return f"Expected {key or 'the content'} in {path} to be {expected}, received {first['input']!r}{remedy}{rest}"
