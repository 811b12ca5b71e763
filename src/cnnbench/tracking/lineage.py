"""The data and the model of a run in MLflow's terms: the data set by part, the model by reference to DVC's file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Self

from cnnbench.core import files
from cnnbench.inference import trained_run
from cnnbench.runs.record import Plan, RunRecord

if TYPE_CHECKING:
    from mlflow.entities import DatasetInput

CONTEXTS = {"train": "training", "val": "validation", "test": "test"}
"""Parts of the split, and MLflow's words for their use."""

_md5 = partial(hashlib.md5, usedforsecurity=False)  # DVC names files by it
_DIGEST = 12  # hex digits of the records' hash: MLflow stores at most 36 characters of a digest


class Model(NamedTuple):
    """A trained model as DVC keeps it.

    Attributes:
        path: In the repository, where `dvc pull` and `dvc checkout` put it.
        sha256: Hash of its bytes, in hex.
        md5: Hash of its bytes, in hex, by which DVC's cache and remotes name it; empty where that is not known.
    """

    path: Path
    sha256: str
    md5: str = ""

    @classmethod
    def read(cls, run: str, sha256: str) -> Self:
        """The model of a run in the workspace, its SHA-256 known already."""
        path = trained_run.model_path(run, Path())
        if not path.is_file():
            return cls(path, sha256)
        with path.open("rb") as file:
            return cls(path, sha256, hashlib.file_digest(file, _md5).hexdigest())

    def to_json(self) -> dict[str, str]:
        """As an event holds it."""
        return {"path": self.path.as_posix(), "sha256": self.sha256, "md5": self.md5}

    @classmethod
    def from_json(cls, content: Mapping[str, str]) -> Self:
        """As an event held it."""
        return cls(Path(content["path"]), content["sha256"], content["md5"])

    def tags(self) -> dict[str, str]:
        """As tags of an MLflow run: the model itself is not copied into the store."""
        return {f"cnnbench.model_{key}": value for key, value in self.to_json().items() if value}


def records_path(dataset: str) -> Path:
    """The path of a data set's `records.json`, which holds the hashes of all shards."""
    return Path("data/records", dataset, "records.json")


def is_synthetic(record: Plan) -> bool:
    """Whether the data of a run are synthetic."""
    if isinstance(record, RunRecord):
        return record.synthetic
    # Before the evaluation only source.json says so.
    path = Path("data/raw", record.dataset, "source.json")
    return path.is_file() and bool(files.read_json(path)["synthetic"])


def folder_sha256(folder: Path) -> str:
    """SHA-256 of the names and bytes of a folder's files, in hex."""
    known = [(path.relative_to(folder).as_posix(), path) for path in folder.rglob("*") if path.is_file()]
    lines = [f"{name} {files.sha256(path)}\n" for name, path in sorted(known)]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def note(record: Plan, model: Model, *, synthetic: bool) -> str:
    """Markdown for the run's page in MLflow: where data and model lie, and the changes from the publication."""
    in_dvc = f", which DVC keeps under its MD5 `{model.md5}`" if model.md5 else ""
    lines = [
        f"Model: `{model.path.as_posix()}`{in_dvc}.",
        f"Data: `{records_path(record.dataset).parent.as_posix()}`{', SYNTHETIC' if synthetic else ''}.",
    ]
    if record.changed:
        lines.append(f"Changed from the publication: {'; '.join(record.changed)}.")
    return "\n\n".join(lines)


def inputs(record: Plan, sha256: str, parts: Collection[str], *, synthetic: bool) -> list[DatasetInput]:
    """The parts of a run's data set as MLflow data sets, all of the data set's name.

    The digest is the first digits of the records' hash, then part, fold and number of examples.

    Args:
        record: The run's.
        sha256: Hash of `records.json`; where it is empty, the data cannot be identified, and nothing is returned.
        parts: Some of train, val and test.
        synthetic: Whether the data are.
    """
    from mlflow.entities import Dataset, DatasetInput, InputTag
    from mlflow.utils.mlflow_tags import MLFLOW_DATASET_CONTEXT

    if not sha256:
        return []
    name, schema = record.dataset, _schema(record)
    source = json.dumps({"uri": records_path(name).parent.as_posix(), "records_sha256": sha256})
    inputs = []
    for part in parts:
        examples = record.examples[part]
        # MLflow tells data sets apart by name and digest, and takes each once a run.
        digest = f"{sha256[:_DIGEST]}-{part}-f{record.fold}-n{examples}"
        counts = record.counts.get(part, {})
        profile = {"num_rows": examples, "split": record.protocol, "fold": record.fold}
        profile |= ({"synthetic": True} if synthetic else {}) | ({"counts": counts} if counts else {})
        dataset = Dataset(name, digest, "local", source, schema, json.dumps(profile))
        inputs.append(DatasetInput(dataset, [InputTag(MLFLOW_DATASET_CONTEXT, CONTEXTS[part])]))
    return inputs


def _schema(record: Plan) -> str:
    """The columns in MLflow's form."""
    shape = list(record.input_shape)
    types = {
        # MLflow's page shows nothing but names and types, so the shape is in the name.
        f"input {'x'.join(map(str, shape))}": ("uint8" if record.is_image else "float32", [-1, *shape]),
        "label" if record.is_classification else "target": ("int64" if record.is_classification else "float32", [-1]),
    }
    columns = [
        {"name": name, "type": "tensor", "tensor-spec": {"dtype": dtype, "shape": shape}}
        for name, (dtype, shape) in types.items()
    ]
    return json.dumps({"mlflow_colspec": columns})
