"""Fills the record of a run, stage by stage."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cnnbench.config import Params, Recipe
from cnnbench.data.records.schema import Records
from cnnbench.runs.record import DATA_FACTS, Plan, RunRecord, Start, TrainingRecord

if TYPE_CHECKING:
    from cnnbench.data.provenance import Provenance
    from cnnbench.training.trainer import Trained
    from cnnbench.weights.weight_files import Origin


def plan(params: Params, name: str, records: Records, origin: Origin | None = None) -> Plan:
    """Records a run before its training.

    Args:
        params: The whole of params.yaml.
        name: Of the run.
        records: Of its data set.
        origin: Of the weights that it starts from, if it does.
    """
    run = params.run(name)
    # A run without a tuned recipe is trained as published, even where params.yaml chooses the tuned ones
    recipe_name = params.recipe if params.runs[name].tuned else "published"
    folds = records.parts(params.split, run.fold)
    counts = {part: records.counts(folds[part]) for part in folds}
    published = params.runs[name].recipe
    return Plan(
        run=name,
        dataset=run.dataset,
        architecture=run.architecture,
        task=records.task,
        classes=records.classes,
        protocol=describe_protocol(records, params),
        profile=params.profile,
        recipe_name=recipe_name,
        seed=run.seed,
        fold=run.fold,
        input_shape=records.shape,
        fit=records.fit,
        ranges=records.ranges,
        examples={part: sum(counts[part].values()) for part in counts},
        counts=counts if records.classes else {},
        recipe=run.recipe,
        published_recipe=published,
        published_result=run.published,
        changed=_list_changes(published, run.recipe),
        backend=params.backend,
        weights=run.weights,
        start=Start.model_validate(origin.model_dump()) if origin else None,
        trials=run.trials if recipe_name == "tuned" else 0,
    )


def add_training(planned: Plan, trained: Trained) -> TrainingRecord:
    """Adds the outcome of a training."""
    return TrainingRecord(
        # Not model_dump(), which would turn the recipes within into dicts
        **dict(planned),
        parameters=trained.model.count_params(),
        epochs_trained=len(trained.history),
        best_epoch=trained.best_epoch,
        trained_parameters=trained.trained_parameters,
    )


def add_evaluation(training: TrainingRecord, known: Provenance, flops: int, found: Mapping[str, Any]) -> RunRecord:
    """Adds the data set's facts and the outcome of an evaluation.

    Args:
        training: As trained.
        known: The data set's source.json.
        flops: Floating point operations of one example.
        found: Temperature and threshold, if the task has them; number of twins and notes on subgroups.
    """
    total, changed = training.all_examples, list(training.changed)
    # 0 where the publisher states no size
    if known.input_shape[0] and training.input_shape != known.input_shape:
        published, used = ("x".join(map(str, shape)) for shape in (known.input_shape, training.input_shape))
        changed.append(f"input: {published} -> {used}")
    if known.expected and total != known.expected:
        changed.append(f"examples: {known.expected:,} -> {total:,}{' synthetic' if known.synthetic else ''}")
    facts: dict[str, Any] = dict(training) | data_facts(known) | dict(found)
    return RunRecord(**facts | {"changed": tuple(changed), "flops": flops})


def data_facts(known: Provenance) -> dict[str, Any]:
    """What a record says of its data set."""
    checksums = json.dumps(known.sha256, sort_keys=True).encode()
    return known.model_dump(include=set(DATA_FACTS)) | {"data_sha256": hashlib.sha256(checksums).hexdigest()}


def describe_protocol(records: Records, params: Params) -> str:
    """Describes the split: the publisher's, or ours by group or by single example, with its shares."""
    if records.fixed:
        return records.protocol
    split = params.split
    shares = ":".join(f"{10 * share:.0f}" for share in (split.train, split.val, split.test))
    ungrouped = "image-level" if len(records.shape) == 3 else "row-level"
    grouped = records.grouped and records.protocol == "grouped"
    return f"{'grouped' if grouped else ungrouped} {shares}"


def _list_changes(published: Recipe, used: Recipe) -> tuple[str, ...]:
    before, after = published.model_dump(), used.model_dump()
    return tuple(f"{key}: {before[key]} -> {after[key]}" for key in before if before[key] != after[key])
