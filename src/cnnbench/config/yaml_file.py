"""YAML that users write, read with every failure as one line that names the line of the file."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.constructor import ConstructorError, SafeConstructor
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from cnnbench.core.errors import UserError

_MOST_BYTES, _MOST_VALUES = 10**7, 10**5  # thousands of runs have fewer; more is another file, or a bomb of aliases
_CONTROL = re.compile("[^\t\n\r -~\x85\xa0-\ud7ff\ue000-\U0010ffff]")  # refused by YAML unless written as an escape
_MOST_BITS = 1024  # of an integer: a float holds no more, and Python refuses to write one of over 4,300 digits


class _Constructor(SafeConstructor):
    """Names the line of a value that int, datetime or a table of ruamel refuses, as in `!!int x` or `!!bool x`."""

    def construct_object(self, node: Any, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep)
        except (YAMLError, RecursionError):
            raise
        except Exception:  # ruamel passes on whatever they raise: ValueError, KeyError, AttributeError
            kind, value = str(node.tag).rpartition(":")[2], str(node.value)[:40]
            raise ConstructorError(None, None, f"{value!r}, which is no {kind}", node.start_mark) from None


def read(path: Path) -> object:
    """The content of a YAML file, which may be of any type.

    Raises:
        UserError: The file is missing, or is not YAML of a sensible size; the message names the line.
    """
    content = _parse(_read_text(path), path)
    _check_values(content, path)
    return content


def _read_text(path: Path) -> str:
    try:
        if path.exists() and not path.is_file():
            raise UserError(f"Expected a file {path}, received a folder or a device: name the file in it.")
        if (size := path.stat().st_size) > _MOST_BYTES:
            raise UserError(f"Expected YAML of at most {_MOST_BYTES:,} bytes in {path}, received {size:,}.")
        content = path.read_bytes()
    except FileNotFoundError:
        raise UserError(
            f"Expected a file {path} in {Path.cwd()}, received none: run this in the repository root."
        ) from None
    # ValueError: a path with a NUL
    except (OSError, ValueError) as error:
        raise UserError(f"Expected a file {path} that can be read, received: {error}.") from None
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        byte = content[error.start]
        raise UserError(
            f"Expected text in UTF-8 in {path}, line {line}, received the byte 0x{byte:02x}: save it as UTF-8."
        ) from None
    if odd := _CONTROL.search(text):
        line = text.count("\n", 0, odd.start()) + 1
        raise UserError(f"Expected text in {path}, line {line}, received the control character {odd[0]!r}: delete it.")
    return text


def _parse(text: str, path: Path) -> object:
    # ruamel reads YAML 1.2, in which `1e-05`, as DVC writes it, is a number; in PyYAML's 1.1 it is a string
    yaml = YAML(typ="safe", pure=True)
    yaml.Constructor = _Constructor
    try:
        return yaml.load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f", line {mark.line + 1}" if mark else ""
        problem = " ".join(str(error.problem or error.context).split())
        raise UserError(f"Expected valid YAML in {path}{where}, received: {problem}.") from None
    except RecursionError:
        raise UserError(f"Expected valid YAML in {path}, received values nested too deeply.") from None
    # a scanner, too, passes on what chr() raises on "\U00110000"
    except (YAMLError, ValueError) as error:
        raise UserError(f"Expected valid YAML in {path}, received: {' '.join(str(error).split())}.") from None


def _check_values(content: object, path: Path) -> None:
    """Refuses aliases that repeat one another into a huge or endless content, and values that cannot be shown."""
    found: list[Any] = [content]
    for _ in range(_MOST_VALUES):
        if not found:
            return
        value = found.pop()
        if isinstance(value, dict):
            found += [*value, *value.values()]
        elif isinstance(value, list | tuple | set):
            found += value
        elif isinstance(value, int) and value.bit_length() > _MOST_BITS:
            raise UserError(
                f"Expected numbers of up to 300 digits in {path}, received one of {value.bit_length()} bits."
            )
        elif isinstance(value, str) and (odd := _CONTROL.search(value)):
            raise UserError(
                f"Expected text in {path}, received the control character {odd[0]!r} in {value!r}: delete it."
            )
    raise UserError(
        f"Expected at most {_MOST_VALUES:,} values in {path}, received more: an alias (`*name`) may repeat itself."
    )
