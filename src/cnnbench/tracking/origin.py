"""Where a run comes from, as tags: the commit, the DVC experiment, the stage."""

from __future__ import annotations

import os
import platform

from cnnbench import config
from cnnbench.backend import runtime
from cnnbench.core import git

_SOURCES = ("src", "stages", "networks", "sets", "params.yaml")  # of the repository, and of a project of one's own
_PACKAGES = ("cnnbench", "keras", "numpy", "dvc")


def stage() -> str:
    """The stage that runs, without the item of its foreach; empty outside of DVC."""
    return os.environ.get("DVC_STAGE", "").split("@")[0]  # DVC calls an item of foreach train@<run>


def tags() -> dict[str, str]:
    """The tags of a run that is made now: of its benchmark, a DVC experiment or the workspace at a commit."""
    commit, name = git.read("rev-parse", "HEAD"), os.environ.get("DVC_EXP_NAME", "")
    known = {
        "mlflow.source.name": f"stages/{stage()}.py" if stage() else "stages",
        "mlflow.source.git.commit": commit,
        "cnnbench.benchmark": name or f"workspace {commit[:8]}".strip(),
        "dvc.exp_name": name,  # the experiment's commit does not exist yet while its stages run
        "dvc.exp_baseline_rev": os.environ.get("DVC_EXP_BASELINE_REV", ""),
        "dvc.stage": os.environ.get("DVC_STAGE", ""),
        # not of the whole tree: the stages' own outputs have changed by now
        "git.changed": "yes" if git.read("status", "--porcelain", "--", *_SOURCES) else "no",
    }
    return {key: value for key, value in known.items() if value}


def versions() -> dict[str, str]:
    """The versions of Python and of the packages that make a result; a stage alone needs no DVC."""
    backend = os.environ.get("KERAS_BACKEND", config.TENSORFLOW)
    packages = {name: runtime.installed_version(name) for name in (backend, *_PACKAGES)}
    return packages | {"python": platform.python_version()}
