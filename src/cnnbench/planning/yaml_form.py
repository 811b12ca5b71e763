"""YAML in the form that DVC writes back, so that `dvc exp run -S` changes the line of a value and no other."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from typing import Any

from ruamel.yaml import YAML

_WIDTH = 72  # columns, from which a mapping's values are below one another; DVC breaks braces that end after column 80


def format_mapping(content: Mapping[str, Any], indent: int) -> list[str]:
    """Lines of a mapping: one of plain values within it is in braces where it is short; null is no value.

    Args:
        content: Its keys and values.
        indent: Columns before the lines.
    """
    lines = []
    for key, value in content.items():
        if isinstance(value, Mapping) and not _is_short(key, value, indent):
            lines += [f"{key}:", *(f"  {each}" for each in format_mapping(value, indent + 2))]
        else:
            lines.append(_format_item(key, value))
    return lines


def _is_short(key: str, value: Mapping[str, Any], indent: int) -> bool:
    nested = any(isinstance(each, Mapping) and each for each in value.values())
    return not nested and indent + len(_format_item(key, value)) < _WIDTH


def _format_item(key: str, value: Any) -> str:
    # within another mapping, since one of plain values alone would be in braces
    last = _to_yaml({"_": {key: value}}).splitlines()[-1].strip()
    return re.sub(r": null$", ":", last if isinstance(value, Mapping) else last.removeprefix("_: {").removesuffix("}"))


def _to_yaml(content: dict[str, Any]) -> str:
    """YAML 1.1, which writes 1e-05 as 1.0e-05, a number in 1.2 too; a mapping of plain values is on one line."""
    yaml: Any = YAML(typ="safe", pure=True)
    yaml.version, yaml.default_flow_style, yaml.width, yaml.sort_base_mapping_type_on_output = (1, 1), None, 1000, False
    yaml.dump(content, text := io.StringIO())
    return text.getvalue()
