"""A run that has been trained and evaluated, as those ask for it who use its model."""

from __future__ import annotations

from pathlib import Path

from cnnbench import config
from cnnbench.core.errors import UserError
from cnnbench.data import sets
from cnnbench.runs.record import FILE, RunRecord


def find(name: str, root: Path) -> RunRecord:
    """Finds a run by its name.

    Args:
        name: In params.yaml.
        root: The repository's root, which holds reports/runs/ and models/.

    Raises:
        UserError: There is no such run, or its run.json is missing or damaged. The model is not looked at.
    """
    folder = root / "reports" / "runs" / name
    if not (folder / FILE).exists() and name not in (known := _known(root)):
        raise UserError(f"Expected a run among {', '.join(known)}, received {name!r}.")
    return RunRecord.read(folder)


def model_path(name: str, root: Path) -> Path:
    """Where the model of a run lies, whether it is there or not."""
    return root / "models" / name / "model.keras"


def features(record: RunRecord) -> tuple[str, ...]:
    """Of a table, the names of its columns in the order in which the network takes them; none if not known."""
    return sets.get(record.dataset).features if record.dataset in sets.names() else ()


def _known(root: Path) -> list[str]:
    """The runs that params.yaml has or that have been evaluated, sorted."""
    known = {path.parent.name for path in (root / "reports" / "runs").glob(f"*/{FILE}")}
    if (root / "params.yaml").exists():
        known |= set(config.load(root / "params.yaml").runs)
    if not known:
        raise UserError(
            f"Expected the root of a cnnbench repository, received {root.absolute()}: go there, or name it with --root."
        )
    return sorted(known)
