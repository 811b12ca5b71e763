"""The grid of data sets x networks: pairs that params.yaml lacks, and their first recipes."""

from __future__ import annotations

from collections.abc import Collection
from itertools import product
from typing import NamedTuple

from cnnbench import networks
from cnnbench.config import NONE, Params, Quick, Recipe, Run
from cnnbench.core.errors import UserError
from cnnbench.data import sets
from cnnbench.planning.params_file import NewRun
from cnnbench.training import trainer

_DATA_SETTINGS = {"augmentation", "standardise", "class_weights", "sensitivity"}  # of a recipe, that depend on the data
_FROM_SCRATCH = {"freeze": NONE, "head_epochs": 0, "head_lr": None}
_START, _QUICK = Recipe(epochs=20), Quick(epochs=5)


class Grid(NamedTuple):
    """The existing and the missing pairs of a grid.

    Attributes:
        existing: Number of pairs that have a run.
        pairs: Runs to add, data set by data set, named `<data set>-<network>`.
        unfit: By name of an impossible run, the reason why the network cannot take the data set.
    """

    existing: int
    pairs: list[NewRun]
    unfit: dict[str, str]


def plan(knobs: Params, names: Collection[str] = (), architectures: Collection[str] = ()) -> Grid:
    """Finds the requested pairs without a run in params.yaml, of any recipe.

    A known network keeps the recipe of its first run, but the settings in `_DATA_SETTINGS` come from the first run of
    the data set. A new network gets the whole recipe of the first run of the data set. A loss that does not fit the
    number of classes is replaced. `tuned:` was chosen for one pair and is not copied, and no pair starts from weights.
    Each network is built, without its weights, to check that it takes the input.

    Args:
        knobs: The whole of params.yaml.
        names: Data sets of params.yaml; none means all.
        architectures: Files under `networks/`; none means all.

    Raises:
        UserError: A data set or network does not exist, or another run has the name.
    """
    for name in names:
        knobs.data(name)
    for network in architectures:
        networks.find(network)
    existing = {(run.dataset, run.architecture) for run in knobs.runs.values()}
    wanted = list(product(dict.fromkeys(names or knobs.datasets), dict.fromkeys(architectures or networks.names())))
    missing = [pair for pair in wanted if pair not in existing]
    grid = Grid(len(wanted) - len(missing), [], {})
    for dataset, network in missing:
        pair = _propose(knobs, dataset, network)
        if pair.run.recipe.l2 and _find_refusal(knobs, pair.run):
            # of another network, perhaps: this one may have no layer that it weighs on
            pair = pair._replace(run=_without_l2(pair.run))
        if reason := _find_refusal(knobs, pair.run):
            grid.unfit[pair.name] = reason
        else:
            grid.pairs.append(pair)
    return grid


def _propose(knobs: Params, dataset: str, network: str) -> NewRun:
    name = f"{dataset}-{network}"
    if name in knobs.runs:
        raise UserError(
            f"Expected {name} in params.yaml to be {network} on {dataset}, received another run; rename it."
        )
    same_network = [key for key, run in knobs.runs.items() if run.architecture == network]
    same_data = [key for key, run in knobs.runs.items() if run.dataset == dataset]
    origin = next(iter(same_network + same_data), "")
    recipe, quick = (knobs.runs[origin].recipe, knobs.runs[origin].quick) if origin else (_START, _QUICK)
    suited = knobs.runs[same_data[0]].recipe if same_data else _START
    recipe = recipe.model_copy(update={key: getattr(suited, key) for key in _DATA_SETTINGS} | _FROM_SCRATCH)
    run = Run(dataset=dataset, architecture=network, recipe=_fit_recipe(recipe, _classes(knobs, dataset)), quick=quick)
    return NewRun(name, run, origin, next(reversed(same_data or list(knobs.runs)), ""))


def _fit_recipe(recipe: Recipe, classes: int) -> Recipe:
    """The recipe for that number of classes: a loss that goes with it; a regression has neither labels nor accuracy."""
    try:
        trainer.head(recipe.loss, classes)
    except UserError:
        recipe = recipe.model_copy(update={"loss": "sparse_categorical_crossentropy" if classes else "mse"})
    if not classes:
        recipe = recipe.model_copy(update={"label_smoothing": 0.0, "mixup": 0.0, "cutmix": 0.0})
    for key in ("early_stopping", "schedule"):
        part = getattr(recipe, key)
        if not classes and hasattr(part, "monitor"):
            recipe = recipe.model_copy(update={key: part.model_copy(update={"monitor": "val_loss"})})
    return recipe


def _without_l2(run: Run) -> Run:
    return run.model_copy(update={"recipe": run.recipe.model_copy(update={"l2": 0.0})})


def _classes(knobs: Params, dataset: str) -> int:
    """0 for a regression; 3 where only the images will tell, since a loss for three classes suits any number."""
    definition = sets.get(knobs.datasets[dataset].definition)
    return 0 if definition.task == "regression" else len(definition.classes) or 3


def _find_refusal(knobs: Params, run: Run) -> str:
    """The reason why the network cannot take the data set in this profile; empty where it can."""
    # here, since it takes seconds and only a missing pair needs it
    from cnnbench.backend import runtime

    runtime.import_quietly(knobs.backend)
    import keras

    shape = sets.get(knobs.datasets[run.dataset].definition).input_shape
    size = knobs.data(run.dataset).size
    if len(shape) == 3 and size:
        shape = (*size, shape[2])
    units, activation = trainer.head(run.recipe.loss, _classes(knobs, run.dataset))
    scale = ([0.0] * shape[0], [1.0] * shape[0]) if run.recipe.standardise else None
    try:
        with keras.StatelessScope(initialize_variables=False):  # the weights would take gigabytes
            networks.build(run.architecture, shape, units, activation, l2=run.recipe.l2, scale=scale)
    except UserError as error:
        return str(error)
    except Exception as error:  # a network raises any error of Keras
        message = " ".join(str(error).split())[:200]
        return f"Expected a network that takes inputs of shape {shape}, received {type(error).__name__}: {message}"
    return ""
