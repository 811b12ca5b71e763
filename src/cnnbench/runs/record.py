"""`run.json`: what a run was, without anything that differs from one machine or day to another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cnnbench.config import Params, Recipe
from cnnbench.data.records.schema import Records

if TYPE_CHECKING:
    from cnnbench.data.provenance import Provenance
    from cnnbench.training.trainer import Trained


def plan(params: Params, name: str, records: Records) -> dict[str, Any]:
    """What is known of a run before it is trained.

    Args:
        params: The whole of params.yaml.
        name: The run.
        records: What it will be trained on.

    Returns:
        The content of `models/<run>/run.json` but for the outcome.
    """
    run = params.run(name)
    folds = records.parts(params.split, run.fold)
    counts = {part: records.counts(folds[part]) for part in folds}
    published = params.runs[name].recipe
    return {
        "run": name,
        "dataset": run.dataset,
        "architecture": run.architecture,
        "task": records.task,
        "classes": records.classes,
        "protocol": protocol(records, params),
        "profile": params.profile,
        "recipe_name": params.recipe if params.runs[name].tuned else "published",
        "seed": run.seed,
        "fold": run.fold,
        "input_shape": records.shape,
        "examples": {part: sum(counts[part].values()) for part in counts},
        "counts": counts if records.classes else {},
        "recipe": run.recipe.model_dump(),
        "published_recipe": published.model_dump(),
        "published_result": run.published.model_dump() if run.published else None,
        "changed": _changes(published, run.recipe),
    }


def outcome(trained: Trained) -> dict[str, int]:
    """What is known of a run once it is trained."""
    return {
        "parameters": trained.model.count_params(),
        "epochs_trained": len(trained.history),
        "best_epoch": trained.best_epoch,
    }


def describe(training: dict[str, Any], known: Provenance) -> dict[str, Any]:
    """Adds to the `run.json` of a training what the report says of the data set."""
    total = sum(training["examples"].values())
    changed = list(training["changed"])
    if known.input_shape[0] and tuple(training["input_shape"]) != known.input_shape:
        changed.append(f"input: {_shape(known.input_shape)} -> {_shape(training['input_shape'])}")
    if known.expected and total != known.expected:
        changed.append(f"examples: {known.expected:,} -> {total:,}{' synthetic' if known.synthetic else ''}")
    about = known.model_dump(include={"title", "unit", "source", "synthetic", "origin", "citation", "licence"})
    return training | about | {"changed": changed}


def protocol(records: Records, params: Params) -> str:
    """How the examples were split: as the publisher did, or by group or one by one and in which shares."""
    if records.fixed:
        return records.protocol
    split = params.split
    shares = ":".join(f"{10 * share:.0f}" for share in (split.train, split.val, split.test))
    alone = "image-level" if len(records.shape) == 3 else "row-level"
    grouped = records.grouped and records.protocol == "grouped"
    return f"{'grouped' if grouped else alone} {shares}"


def _changes(published: Recipe, used: Recipe) -> list[str]:
    before, after = published.model_dump(), used.model_dump()
    return [f"{key}: {before[key]} -> {after[key]}" for key in before if before[key] != after[key]]


def _shape(shape: tuple[int, ...]) -> str:
    return "x".join(str(side) for side in shape)
