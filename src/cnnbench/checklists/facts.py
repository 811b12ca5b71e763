"""All that is recorded of a run, wherever it lies. What is not there, or is of another state of the data, is None."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from cnnbench.config import FIXED
from cnnbench.core.errors import UserError
from cnnbench.core.stored_model import StoredModel
from cnnbench.data.leakage import Audit
from cnnbench.data.provenance import FILE, Provenance
from cnnbench.data.records.schema import Records
from cnnbench.inference import trained_run
from cnnbench.results import corruption_result, entries, external_result
from cnnbench.results.corruption_result import CorruptionResult
from cnnbench.results.entries import Entry
from cnnbench.results.external_result import ExternalResult
from cnnbench.results.run_result import RunResult

_Stored = TypeVar("_Stored", bound=StoredModel)
RECORDS = "records.json"
_UNGROUPED = ("image-level", "row-level")  # what the record calls a grouped split, too, where no group is known
_COSTS = "window.cnnbenchCosts ="  # as `cnnbench track` begins the file
CHECKLISTS = "window.cnnbenchChecklists ="  # and ends it


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What is recorded of a run.

    Attributes:
        run: The run itself.
        entry: The run with its repeats.
        provenance: Of its raw data.
        audit: Of its split.
        records: The form in which the network reads the data.
        tests: On other data sets.
        corrupted: On corrupted images.
        origin: Commit, versions and processor of the training, as the tracker wrote them.
        absent: Files of the data that are not here.
        left_out: Files that are there but describe other data than the run's.
    """

    run: RunResult
    entry: Entry
    provenance: Provenance | None = None
    audit: Audit | None = None
    records: Records | None = None
    tests: tuple[ExternalResult, ...] = ()
    corrupted: CorruptionResult | None = None
    origin: dict[str, str]
    absent: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


def gather(name: str, root: Path, known: list[Entry] | None = None) -> Facts:
    """Reads what is recorded of an evaluated run.

    Args:
        name: Of the run.
        root: Of the repository.
        known: Its entries, where they are read already.

    Raises:
        UserError: There is no such run, it is not evaluated, or a file is damaged.
    """
    trained_run.find(name, root)
    reports, data = root / "reports", root / "data"
    run = RunResult.read(reports / "runs" / name)
    provenance = _read(data / "raw" / run.dataset / FILE, Provenance, f"download@{run.dataset}")
    audit = _read(data / "splits" / f"{run.dataset}.leakage.json", Audit, f"split@{run.dataset}")
    records = _read(data / "records" / run.dataset / RECORDS, Records, f"cache@{run.dataset}")
    fits = {
        f"data/raw/{run.dataset}/{FILE}": provenance is None
        or (provenance.source, provenance.origin) == (run.source, run.origin),
        # A dealt part turns with the fold of the run, and the sum stays
        f"data/splits/{run.dataset}.leakage.json": audit is None
        or (_is_split_by(audit.protocol, run) and sum(audit.used.examples.values()) == run.all_examples),
        f"data/records/{run.dataset}/{RECORDS}": records is None
        or (
            _is_split_by(records.protocol, run)
            and (records.shape, records.examples) == (run.input_shape, run.all_examples)
        ),
    }
    of_raw, of_split, of_records = fits.values()
    return Facts(
        run=run,
        entry=next(entry for entry in known or entries.load(reports / "runs") if name in entry.runs),
        provenance=provenance if of_raw else None,
        audit=audit if of_split else None,
        records=records if of_records else None,
        tests=tuple(external_result.load(reports, {name})),
        corrupted=next(iter(corruption_result.load(reports, {name})), None),
        origin=_origin(reports / "costs.js", name),
        absent=tuple(name for name in fits if not (root / name).exists()),
        left_out=tuple(name for name, is_of_run in fits.items() if not is_of_run),
    )


def _is_split_by(protocol: str, run: RunResult) -> bool:
    word = run.protocol.partition(" ")[0]
    return protocol == word or (word in _UNGROUPED and protocol not in FIXED)


def _read(path: Path, form: type[_Stored], stage: str) -> _Stored | None:
    return form.read(path, stage) if path.exists() else None


def _origin(path: Path, name: str) -> dict[str, str]:
    """Commit, versions and processor of a run's training; empty where the tracker has written none."""
    if not path.exists():
        return {}
    try:
        text = path.read_text(encoding="utf-8").partition(CHECKLISTS)[0]
        costs = json.loads(text.strip().removeprefix(_COSTS).removesuffix(";"))
        known = costs.get(name, {})
        return {key: str(known[key]) for key in ("commit", "versions", "processor") if known.get(key)}
    except (ValueError, AttributeError):
        raise UserError(f"Expected {path} as `cnnbench track` writes it, received another: run it again.") from None
