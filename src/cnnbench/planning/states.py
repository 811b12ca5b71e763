"""What DVC would do with each run: nothing, or train it anew, asked without DVC's lock, also while a training runs."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from operator import getitem
from pathlib import Path
from typing import Any, Literal

from cnnbench.core.errors import UserError

State = Literal["done", "changed", "absent", "new"]
STATES: tuple[State, ...] = ("done", "absent", "changed", "new")
"""From the one that needs least work to the one that needs most.

done: model and results are here, made by the data, code and knobs that are here. absent: so they were made, but they or
their data are not here, as in a fresh clone: DVC takes them from its cache, or makes them anew where that has none.
changed: data, code, knobs or results are no longer those of then, and DVC looks at it again. new: no result so far.
"""


def find_states(root: Path, runs: Mapping[str, str]) -> dict[str, State]:
    """The state of each run, as `dvc status` finds it for the run's stages and those of its data set.

    Args:
        root: The folder of dvc.yaml and params.yaml.
        runs: The data set of each run.

    Returns:
        By run; empty where the folder is no DVC repository.

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
            stages = {stage.name: stage for stage in repo.index.stages if stage.path_in_repo == "dvc.yaml"}
            knobs = load_yaml(root / "params.yaml")
            by_stage: dict[str, State] = {}  # by stage: a data set's are asked for once
            for name, dataset in runs.items():
                for address in _stage_names(name, dataset):
                    if address not in by_stage:
                        by_stage[address] = _find_state(stages[address], knobs)
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


def _find_state(stage: Any, knobs: Any) -> State:
    """Of one stage; what it depends on and is not there is for the stage to say that makes it."""
    from dvc.dependency import ParamsDependency

    if not all(out.hash_info for out in stage.outs):
        return "new"
    if stage.changed_stage():
        return "changed"
    for dep in stage.deps:
        if isinstance(dep, ParamsDependency):
            if _differs(dep, knobs):
                return "changed"
        elif dep.exists and dep.workspace_status():
            return "changed"
    here = [out for out in stage.outs if out.exists]
    if any(out.status() for out in here):
        return "changed"
    return "done" if len(here) == len(stage.outs) else "absent"


def _differs(dep: Any, knobs: Any) -> bool:
    """Whether knobs differ from those in dvc.lock. DVC itself would read params.yaml once a stage: 5 s in all."""
    try:
        return any(reduce(getitem, key.split("."), knobs) != dep.hash_info.value[key] for key in dep.params)
    except (KeyError, TypeError):
        return True
