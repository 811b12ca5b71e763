"""The grid of data sets x networks: which pairs params.yaml lacks, their recipes, and the lines that add them."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

from cnnbench import networks
from cnnbench.config import Params, Quick, Recipe, Run
from cnnbench.core.errors import UserError
from cnnbench.data import sets
from cnnbench.planning import params_file
from cnnbench.training import trainer

_OF_DATA = ("augmentation", "standardise", "class_weights", "sensitivity")  # parts of a recipe that suit data
_SELDOM = ("standardise", "class_weights", "sensitivity")  # written only where they are set
_START, _QUICK = Recipe(epochs=20), Quick(epochs=5)


class Pair(NamedTuple):
    """A run to add.

    Attributes:
        name: `<data set>-<network>`.
        run: With its recipe.
        of: The run whose recipe it has, but for what the data ask for; empty where it is a fair start.
        after: The run whose lines it is to follow.
    """

    name: str
    run: Run
    of: str
    after: str


class Grid(NamedTuple):
    """What there is of a grid and what is missing.

    Attributes:
        there: How many pairs have a run.
        pairs: To add, data set by data set.
        unfit: Why a network cannot take a data set, by name of the run that is not to be.
    """

    there: int
    pairs: list[Pair]
    unfit: dict[str, str]


def plan(knobs: Params, names: Collection[str] = (), architectures: Collection[str] = ()) -> Grid:
    """The pairs that are asked for and of which params.yaml has no run, whatever its recipe.

    Of a network that is trained elsewhere in params.yaml the recipe is that of its first run there, with what suits the
    data (augmentation, weights of classes, standardising) from the data set's first run. A new network gets the recipe
    of the data set's first run whole. A loss that does not go with the number of classes gives way to one that does.
    What `tuned:` says was chosen for one pair, and is not carried over. Each network is built, without its weights,
    to know whether it takes such an input.

    Args:
        knobs: The whole of params.yaml.
        names: Data sets of params.yaml; none means all.
        architectures: Files under `networks/`; none means all.

    Raises:
        UserError: There is no such data set or network, or a name is taken by another run.
    """
    for name in names:
        knobs.data(name)
    for network in architectures:
        networks.find(network)
    there = {(run.dataset, run.architecture) for run in knobs.runs.values()}
    asked = list(product(dict.fromkeys(names or knobs.datasets), dict.fromkeys(architectures or networks.names())))
    missing = [pair for pair in asked if pair not in there]
    found = Grid(len(asked) - len(missing), [], {})
    for dataset, network in missing:
        pair = _pair(knobs, dataset, network)
        if reason := _refusal(knobs, pair.run):
            found.unfit[pair.name] = reason
        else:
            found.pairs.append(pair)
    return found


def write(path: Path, pairs: Sequence[Pair]) -> None:
    """Adds the pairs to params.yaml, each after the last run of its data set; all other lines stay as they are.

    Raises:
        UserError: The runs do not stand in the file one below the other, each under its name.
    """

    def edit(sheet: params_file.Sheet) -> None:
        for pair in pairs:
            sheet.add(pair.after, *_lines(pair))

    params_file.write(path, edit, {pair.name: pair.run for pair in pairs})


def _pair(knobs: Params, dataset: str, network: str) -> Pair:
    name = f"{dataset}-{network}"
    if name in knobs.runs:
        raise UserError(
            f"Expected {name} in params.yaml to be {network} on {dataset}, received another run; rename it."
        )
    of_network = [key for key, run in knobs.runs.items() if run.architecture == network]
    of_data = [key for key, run in knobs.runs.items() if run.dataset == dataset]
    of = next(iter(of_network + of_data), "")
    recipe, quick = (knobs.runs[of].recipe, knobs.runs[of].quick) if of else (_START, _QUICK)
    suited = knobs.runs[of_data[0]].recipe if of_data else _START
    recipe = _fitted(
        recipe.model_copy(update={key: getattr(suited, key) for key in _OF_DATA}), _classes(knobs, dataset)
    )
    run = Run(dataset=dataset, architecture=network, recipe=recipe, quick=quick)
    return Pair(name, run, of, (of_data or list(knobs.runs))[-1])


def _fitted(recipe: Recipe, classes: int) -> Recipe:
    """The recipe with a loss, and for a regression something to watch, that such data have."""
    if not _suits(recipe.loss, classes):
        recipe = recipe.model_copy(update={"loss": "sparse_categorical_crossentropy" if classes else "mse"})
    if classes:
        return recipe
    watching = [key for key in ("early_stopping", "schedule") if hasattr(getattr(recipe, key), "monitor")]
    return recipe.model_copy(
        update={key: getattr(recipe, key).model_copy(update={"monitor": "val_loss"}) for key in watching}
    )


def _suits(loss: str, classes: int) -> bool:
    try:
        trainer.head(loss, classes)
    except UserError:
        return False
    return True


def _classes(knobs: Params, dataset: str) -> int:
    """0 of a regression; 3 where they are known only once the images are fetched: what suits three suits any number."""
    definition = sets.get(knobs.datasets[dataset].definition)
    return 0 if definition.task == "regression" else len(definition.classes) or 3


def _refusal(knobs: Params, run: Run) -> str:
    """Why the network cannot take the data set as it is cached in this profile; empty where it can."""
    from cnnbench.backend import runtime

    runtime.import_quietly()
    import keras

    shape = sets.get(knobs.datasets[run.dataset].definition).input_shape
    size = knobs.data(run.dataset).size
    if len(shape) == 3 and size:
        shape = (size, size, shape[2])
    units, activation = trainer.head(run.recipe.loss, _classes(knobs, run.dataset))
    scale = ([0.0] * shape[0], [1.0] * shape[0]) if run.recipe.standardise else None
    try:
        with keras.StatelessScope(initialize_variables=False):  # or the weights would take gigabytes
            networks.build(run.architecture, shape, units, activation, l2=run.recipe.l2, scale=scale)
    except UserError as error:
        return str(error)
    except Exception as error:  # a network raises whatever Keras does
        said = " ".join(str(error).split())
        return f"Expected a network that takes inputs of shape {shape}, received {type(error).__name__}: {said[:200]}"
    return ""


def _lines(pair: Pair) -> Iterator[str]:
    """The run as it is written in params.yaml, in the form of those that ship with it."""
    yield f"{params_file.key(pair.name)}:" + (f"   # recipe of {pair.of}" if pair.of else "")
    yield f"  dataset: {params_file.key(pair.run.dataset)}"
    yield f"  architecture: {params_file.key(pair.run.architecture)}"
    yield f"  seed: {pair.run.seed}"
    yield f"  fold: {pair.run.fold}"
    yield "  recipe:"
    defaults = _START.model_dump()
    for key, value in pair.run.recipe.model_dump().items():
        if key not in _SELDOM or value != defaults[key]:
            yield f"    {key}: {_flow(value)}"
    yield f"  quick: {_flow(pair.run.quick.model_dump())}"


def _flow(value: Any) -> str:
    """A value on one line of YAML; of floats as in 1.0e-05, since YAML 1.1 takes 1e-05 for a string."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(part)}" for key, part in value.items()) + "}"
    if isinstance(value, float):
        return re.sub(r"^(\d+)e", r"\1.0e", repr(value))
    return value if isinstance(value, str) else json.dumps(value)
