"""The dvc.yaml of a project of a user's own: the repository's, whose code lies in data/code there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from cnnbench.core import project
from cnnbench.core.errors import UserError

_HEAD = """\
# The pipeline of cnnbench. `cnnbench init --update` writes it anew after an upgrade that changed it, so put stages of
# your own into the dvc.yaml of a folder of its own. The stage settings always runs: it copies the code of the installed
# package, and your networks with it, to data/code, where the other stages depend on it. So `dvc repro` runs again what
# an upgrade or an edit concerns.
"""
_ALWAYS = "    always_changed: true    # a second: the installed package may be another by now\n"
_DEPS = ("deps: [params.yaml]", "deps: [params.yaml, networks]")  # so that `dvc status` names an edit
_CODE = f"      - {project.CODE.as_posix()}: {{persist: true}}\n"
_LISTS = ("deps", "params", "outs", "metrics")


def make(shipped: str) -> str:
    """The pipeline of a project, from that of the repository."""
    text = _HEAD + shipped[shipped.index("vars:") :]
    home = f"- {project.CODE.as_posix()}/cnnbench/"
    text = re.sub(r"- src/cnnbench/", home, text)
    text = re.sub(r"- stages/(\w+\.py)", rf"{home}repository/stages/\1", text)
    # the first stage is settings
    return text.replace(*_DEPS, 1).replace("    outs:\n", f"{_ALWAYS}    outs:\n{_CODE}", 1)


def check(path: Path) -> None:
    """Checks that a project's dvc.yaml has what the installed package needs; more may be in it.

    Raises:
        UserError: It lacks some, since the package is another by now.
    """
    needed = YAML(typ="safe").load(make((project.shipped() / "dvc.yaml").read_text(encoding="utf-8")))
    try:
        there = YAML(typ="safe").load(path)
    except YAMLError as error:
        raise UserError(f"Expected YAML in {path}, received: {' '.join(str(error).split())}.") from None
    if lacking := next(_lacking(needed["stages"], _mapping(_mapping(there).get("stages"))), None):
        raise UserError(
            f"Expected {lacking} in {path}, as the installed cnnbench has it, received none: `cnnbench init --update` "
            "writes it anew, and git shows the difference."
        )


def _lacking(needed: Mapping[str, Any], there: Mapping[str, Any]) -> Iterator[str]:
    for name, stage in needed.items():
        given = _mapping(there.get(name))
        wanted, has = stage.get("do", stage), _mapping(given.get("do", given))
        if wanted["cmd"] != has.get("cmd") or stage.get("foreach") != given.get("foreach"):
            yield f"a stage {name}"
        for key in _LISTS:
            for entry in wanted.get(key, []):
                if entry not in (has.get(key) or []):
                    yield f"{entry if isinstance(entry, str) else next(iter(entry))} under {key} of the stage {name}"


def _mapping(value: Any) -> Mapping[str, Any]:
    """The value where it is a mapping; else an empty one."""
    return value if isinstance(value, Mapping) else {}
