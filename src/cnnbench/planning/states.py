"""The state of each run in DVC, read without its lock, so also while a training runs."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import reduce
from operator import getitem
from pathlib import Path
from typing import Any, Literal

from cnnbench.core import project
from cnnbench.core.errors import UserError

State = Literal["done", "changed", "absent", "new"]
STATES: tuple[State, ...] = ("done", "absent", "changed", "new")
"""Sorted by the work that is left.

done: model and results are here and match data, code and knobs. absent: they match, but they or their data are not
here, as in a fresh clone; DVC takes them from its cache, or makes them again. changed: data, code, knobs or results
differ from dvc.lock; DVC runs the stages again. new: there is no result yet.
"""


def find_states(root: Path, runs: Mapping[str, str]) -> dict[str, State]:
    """The state of each run, from the states of its stages and of those of its data set.

    Args:
        root: The folder of dvc.yaml and params.yaml.
        runs: The data set of each run.

    Returns:
        By run; empty where the folder is not a DVC repository.

    Raises:
        UserError: dvc.yaml or dvc.lock cannot be read.
    """
    from dvc.exceptions import DvcException, NotDvcRepoError
    from dvc.repo import Repo
    from dvc.utils.serialize import load_yaml

    if not (root / "dvc.yaml").is_file():
        return {}
    try:
        with Repo(root) as repo:
            # files of `dvc add` are stages to DVC too
            stages = {stage.name: stage for stage in repo.index.stages if stage.path_in_repo == "dvc.yaml"}
            knobs = load_yaml(root / "params.yaml")  # DVC's own reader, so that values compare with dvc.lock
            edited = project.find_changed_code(root)
            by_stage: dict[str, State] = {}  # runs share the stages of a data set
            for name, dataset in runs.items():
                for address in _stage_names(name, dataset):
                    if address not in by_stage:
                        by_stage[address] = _find_state(stages[address], knobs, edited)
    except NotDvcRepoError:
        return {}
    except (DvcException, KeyError) as error:
        message = " ".join(str(error).split())
        raise UserError(
            f"Expected a pipeline that DVC can read in {root}, received: {message}; see `dvc status`."
        ) from None
    return {
        name: max((by_stage[address] for address in _stage_names(name, dataset)), key=STATES.index)
        for name, dataset in runs.items()
    }


def _stage_names(run: str, dataset: str) -> list[str]:
    return [f"{stage}@{dataset}" for stage in ("download", "split", "cache")] + [f"train@{run}", f"evaluate@{run}"]


def _find_state(stage: Any, knobs: Any, edited: Collection[Path]) -> State:
    """The state of one stage; a missing dependency counts for the stage that writes it."""
    from dvc.dependency import ParamsDependency

    if not all(out.hash_info for out in stage.outs):
        return "new"
    if stage.changed_stage():
        return "changed"
    for dep in stage.deps:
        if isinstance(dep, ParamsDependency):
            if _differs(dep, knobs):
                return "changed"
        # what the stage `settings` is about to bring up to date
        elif any(path.is_relative_to(dep.fs_path) for path in edited) or (dep.exists and dep.workspace_status()):
            return "changed"
    here = [out for out in stage.outs if out.exists]
    if any(out.status() for out in here):
        return "changed"
    return "done" if len(here) == len(stage.outs) else "absent"


def _differs(dep: Any, knobs: Any) -> bool:
    """Whether knobs differ from those in dvc.lock. DVC itself would read params.yaml once per stage: 5 s in all."""
    try:
        return any(reduce(getitem, key.split("."), knobs) != dep.hash_info.value[key] for key in dep.params)
    except (KeyError, TypeError):
        return True
