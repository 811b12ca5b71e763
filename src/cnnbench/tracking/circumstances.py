"""How a run was trained, as MLflow has it, for the page: commit, versions, processor."""

from __future__ import annotations

from collections.abc import Mapping

_DIGITS = 12  # of a commit
_VERSIONS = ("cnnbench", "tensorflow", "jax", "torch", "keras", "numpy", "python")


def describe(params: Mapping[str, str], tags: Mapping[str, str]) -> dict[str, str]:
    """Commit, versions and processor in words, as far as they are known.

    Args:
        params: Of an MLflow run.
        tags: Of the same.
    """
    commit = tags.get("mlflow.source.git.commit", "")[:_DIGITS]
    if commit and tags.get("git.changed") == "yes":
        commit = f"{commit} with changes"
    versions = [f"{name} {params[f'versions.{name}']}" for name in _VERSIONS if f"versions.{name}" in params]
    processor = [params[name] for name in ("processor", "instruction_set") if params.get(name)]
    found = {"commit": commit, "versions": ", ".join(versions), "processor": ", ".join(processor)}
    return {name: value for name, value in found.items() if value}
