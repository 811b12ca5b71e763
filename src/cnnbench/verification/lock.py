"""Files on disk against dvc.lock, and dvc.lock against the committed one."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from cnnbench.core import git, processor
from cnnbench.core.errors import UserError
from cnnbench.verification.finding import Finding

LOCK = "dvc.lock"
DATA_STAGES = ("download", "split", "cache")
_INPUTS = ("cmd", "deps", "params")
Stages = Mapping[str, Mapping[str, Any]]


def check_files(root: Path) -> Iterator[Finding]:
    """Compares inputs and outputs of every stage with dvc.lock, each file by the hash of its content.

    `dvc status` trusts size and time of a file that it has hashed before; this does not.

    Raises:
        UserError: DVC cannot read the repository.
    """
    # slow, and needed here alone
    from dvc.exceptions import DvcException
    from dvc.repo import Repo
    from dvc_data.hashfile.state import StateNoop

    try:
        with Repo(str(root)) as repo:
            # where DVC remembers what it has hashed; the cache took it over when it was made
            repo.state = repo.cache.local.state = StateNoop()
            changed = repo.status()
            names = [stage.addressing for stage in repo.index.stages]
    except DvcException as error:
        message = " ".join(str(error).split())
        raise UserError(f"Expected a pipeline that DVC can read in {root}, received: {message}.") from None
    for name in names:
        lines = [line for entry in changed.get(name, ()) for line in _describe(entry)]
        if lines:
            remedy = f"remove an output and `dvc checkout` restores it, `dvc repro {name}` makes it from these inputs"
            yield Finding("files", name, ok=False, text=f"{'; '.join(lines)}: {remedy}")
        else:
            yield Finding("files", name, ok=True, text="as dvc.lock has them")


def compare_with_commit(root: Path) -> str:
    """Says where dvc.lock has other outputs than the committed one although the inputs are equal; else empty."""
    path = root / LOCK
    if not path.is_file():
        return ""
    committed, present = git.read("show", f"HEAD:./{LOCK}", root=root), path.read_text(encoding="utf-8")
    if committed in ("", present.strip()):  # reading them takes a second
        return ""
    differing = find_differing(_stages(committed), _stages(present))
    return describe_differing(differing, made_on(root), processor.describe())


def find_differing(committed: Stages, present: Stages) -> list[str]:
    """The stages with equal commands, inputs and settings and yet other outputs: only a machine can explain them."""
    return [
        name
        for name, stage in present.items()
        if name in committed
        and all(stage.get(key) == committed[name].get(key) for key in _INPUTS)
        and stage.get("outs") != committed[name].get("outs")
    ]


def describe_differing(stages: list[str], committed_on: Mapping[str, str], here: Mapping[str, str]) -> str:
    """One line on the stages of `find_differing`: which part differs, whether that is expected, what to do."""
    if not stages:
        return ""
    kinds = Counter(name.partition("@")[0] for name in stages)
    counted = ", ".join(f"{kind} of {count}" for kind, count in kinds.items())
    difference = f"{LOCK} differs from the committed one in what these stages made: {counted}"
    if data := [name for name in stages if name.startswith(DATA_STAGES)]:
        return (
            f"{difference}. Data must be equal on every machine, and {data[0]} is not: please report it with what "
            "`cnnbench verify` prints."
        )
    if committed_on and dict(committed_on) == dict(here):
        return f"{difference}. The processor is the same, so this is not expected: `cnnbench verify` says more."
    theirs = f"{committed_on['processor']}, {committed_on['instruction_set']}" if committed_on else "another processor"
    return (
        f"{difference}; data, splits and records are equal. That is expected: it was committed on {theirs}, this is "
        f"{here['processor']}, {here['instruction_set']}. `cnnbench verify` compares the figures."
    )


def made_on(root: Path) -> dict[str, str]:
    """Processor and instruction set of the committed results, from reports/expected.json; empty where it is absent."""
    path = root / "reports/expected.json"
    try:
        return dict(json.loads(path.read_text(encoding="utf-8"))["made_on"])
    except (OSError, ValueError, KeyError, TypeError):  # `check_figures` refuses a damaged one
        return {}


def _stages(text: str) -> Stages:
    try:
        return dict((YAML(typ="safe").load(text) or {}).get("stages") or {})
    except (YAMLError, AttributeError, ValueError, TypeError):
        raise UserError(f"Expected {LOCK} as DVC writes it, received another: `git checkout {LOCK}`.") from None


def _describe(entry: Any) -> Iterator[str]:
    """The lines of one entry of DVC's status, a mapping of kind to paths, or a word such as "changed command"."""
    if isinstance(entry, str):
        # as dvc.yaml wants it of the stage settings, in a project of a user's own
        yield from () if entry == "always changed" else (entry,)
        return
    for kind, paths in entry.items():
        parts = [f"{path} ({state if isinstance(state, str) else 'changed'})" for path, state in paths.items()]
        yield f"{kind}: {', '.join(parts)}"
