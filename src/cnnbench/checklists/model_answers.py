"""What is recorded of the network and its training. A sentence each; none where nothing is recorded."""

from __future__ import annotations

from cnnbench.checklists.facts import Facts
from cnnbench.report.text import flatten
from cnnbench.results.formatting import operations

_OFF = {"none", "0", "0.0", "false"}  # values of a knob that is not used
_LOSSES = {
    "binary_crossentropy": "one probability (sigmoid)",
    "sparse_categorical_crossentropy": "a probability per class (softmax)",
    "categorical_crossentropy": "a probability per class (softmax)",
    "mse": "a number",
}


def kind(facts: Facts) -> list[str]:
    """The kind of the method."""
    run = facts.run
    inputs = "images" if run.is_image else "rows of a table"
    if not run.is_classification:
        return [f"Deep learning: the network {run.architecture}, regression on {inputs}."]
    return [
        f"Deep learning: the network {run.architecture}, classification of {inputs} into {len(run.classes)} classes."
    ]


def network(facts: Facts) -> list[str]:
    """Inputs, layers, parameters, outputs."""
    run = facts.run
    trained = "" if run.trained_parameters is None else f", {run.trained_parameters:,} of them trained"
    return [
        f"{run.architecture}: {len(run.layers)} layers (reports/runs/{run.run}/layers.csv), {run.parameters:,} "
        f"parameters{trained}, {operations(run.flops)} per example.",
        f"Input {' x '.join(map(str, run.input_shape))}; output: {_LOSSES[run.recipe.loss]}.",
    ]


def weights_file(facts: Facts) -> list[str]:
    """Where the network itself is."""
    return [f"The whole network: models/{facts.run.run}/model.keras, by its hash in dvc.lock."]


def software(facts: Facts) -> list[str]:
    """Libraries with their versions; the processor."""
    said = [f"Keras with {facts.run.backend}."]
    if versions := facts.origin.get("versions"):
        said.append(f"Trained with {versions}.")
    if processor := facts.origin.get("processor"):
        said.append(f"Processor: {processor}.")
    return said


def ask_versions(facts: Facts) -> str:
    """What is not known of the software."""
    return (
        ""
        if "versions" in facts.origin
        else "Which versions, on which processor? `cnnbench track` writes what MLflow knows."
    )


def start(facts: Facts) -> list[str]:
    """What the weights were before the training."""
    run = facts.run
    if run.start is None:
        return [f"Drawn at random by seed {run.seed}."]
    data = run.start.trained_on or "data that are not named"
    return [
        f"Weights trained on {data} ({run.start.origin}; SHA-256 {run.start.sha256[:12]}); what they lack drawn by "
        f"seed {run.seed}."
    ]


def training(facts: Facts) -> list[str]:
    """The recipe as used."""
    run = facts.run
    knobs = dict(flatten(run.recipe.model_dump()))
    used = ", ".join(f"{name} {value}" for name, value in knobs.items() if value not in _OFF)
    unused = ", ".join(name for name, value in knobs.items() if value in _OFF and "." not in name)
    said = [f"Settings (recipe: {run.recipe_name} in params.yaml): {used}.", f"Not used: {unused}."]
    said.append(f"Trained for {run.epochs_trained} epochs; seed {run.seed}.")
    return said + [f"Changed from the recipe as written there: {'; '.join(run.changed)}."] * bool(run.changed)


def tuning(facts: Facts) -> list[str]:
    """How the recipe was chosen, where a search is recorded."""
    trials = facts.run.trials
    return [f"Hyperparameters: the best of {trials:,} trials on validation data."] if trials else []


def ask_choice(facts: Facts) -> str:
    """What is not known of the choice of the recipe."""
    return "" if facts.run.trials else "No search is recorded: how was the recipe chosen, and on which data?"


def selection(facts: Facts) -> list[str]:
    """Which weights were kept."""
    run, stopping = facts.run, facts.run.recipe.early_stopping
    if stopping and stopping.restore_best:
        said = f"The weights of epoch {run.best_epoch} of {run.epochs_trained}, the best by {stopping.monitor}."
    else:
        said = f"The weights of the last epoch, {run.best_epoch}."
    if stopping:
        said += f" Training ends after {stopping.patience} epochs without a better {stopping.monitor}."
    return [said, *(["Measured are running means of the weights."] if run.recipe.ema else [])]


def ensembling(facts: Facts) -> list[str]:
    """The seeds whose mean is measured as well."""
    entry = facts.entry
    said = ["The figures here are of one network alone."]
    if len(entry.seeds) > 1:
        said.append(
            f"The leaderboard also has the mean of what its {len(entry.seeds)} seeds predict, as a row of its own."
        )
    return said


def repeats(facts: Facts) -> list[str]:
    """Other seeds and folds of the same training, with the spread of the headline."""
    entry = facts.entry
    if len(entry.results) < 2:
        return []
    of = [f"{len(found)} {kind}" for kind, found in (("seeds", entry.seeds), ("folds", entry.folds)) if len(found) > 1]
    deviation = entry.deviation(entry.headline)
    return [
        f"Repeated with {' and '.join(of)} ({entry.name}): standard deviation of {entry.headline} over "
        f"{deviation.over} {deviation.value:.3f}."
    ]


def explanations(facts: Facts) -> list[str]:
    """Pictures of what the network looks at."""
    names = {"grad_cam": "Grad-CAM", "feature_maps": "feature maps"}
    found = [name for stem, name in names.items() if (facts.run.folder / f"{stem}.png").exists()]
    return [f"{' and '.join(found)} of test images, in reports/runs/{facts.run.run}/."] if found else []


def code(facts: Facts) -> list[str]:
    """The commit that trained it."""
    commit = facts.origin.get("commit")
    return [f"Trained by commit {commit} of this repository."] if commit else []


def inputs(facts: Facts) -> list[str]:
    """What the network sees of an example."""
    run = facts.run
    return [f"The network sees the {'pixels of the image' if run.is_image else 'row'} and nothing else."]


def settings(facts: Facts) -> list[str]:
    """Where all settings are."""
    return [f"All settings: params.yaml, under runs: {facts.run.run} and datasets: {facts.run.dataset}."]
