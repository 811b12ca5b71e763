"""A run that has been trained and evaluated, by its name in params.yaml."""

from __future__ import annotations

from pathlib import Path

from cnnbench import config
from cnnbench.core.errors import UserError, unknown
from cnnbench.data import sets
from cnnbench.runs.record import FILE, RunRecord


def find(name: str, root: Path) -> RunRecord:
    """Reads the record of a run in the repository at `root`; its model may be missing.

    Raises:
        UserError: There is no such run, or its run.json is missing or damaged.
    """
    # Among the names that are there: a path would lead elsewhere. params.yaml is read only where there is no result.
    if name not in _evaluated(root) and name not in (known := _known(root)):
        raise unknown("a run", name, known)
    return RunRecord.read(root / "reports" / "runs" / name)


def model_path(name: str, root: Path) -> Path:
    """The path of a run's model, whether it exists or not."""
    return root / "models" / name / "model.keras"


def features(record: RunRecord) -> tuple[str, ...]:
    """The columns of a table in the order in which the network takes them; empty where that is not known."""
    return sets.get(record.dataset).features if record.dataset in sets.names() else ()


def _evaluated(root: Path) -> set[str]:
    return {path.parent.name for path in (root / "reports" / "runs").glob(f"*/{FILE}")}


def _known(root: Path) -> list[str]:
    """The runs of params.yaml and the evaluated ones, sorted."""
    known = _evaluated(root)
    if (root / "params.yaml").exists():
        # beside the evaluated runs, which may have left params.yaml
        known |= set(config.load(root / "params.yaml").runs)
    if not known:
        raise UserError(
            f"Expected the root of a cnnbench repository, received {root.absolute()}: go there, or name it with --root."
        )
    return sorted(known)
