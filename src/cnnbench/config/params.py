"""The whole of `params.yaml`: data sets in the current profile, runs with all overrides, paths."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from cnnbench.config.bounds import Bound
from cnnbench.config.datasets import OWN, Data, DataProfiles, Split
from cnnbench.config.external import Corruptions, ExternalTest
from cnnbench.config.run_settings import Run
from cnnbench.config.section import Name, Positive, Rate, Section, Seed
from cnnbench.config.weights import ALL, NO_WEIGHTS, Features, Weights
from cnnbench.core.errors import UserError, suggest, unknown
from cnnbench.core.paths import resolve_path

ARCHIVES = "CNNBENCH_ARCHIVES"
Backend = Literal["tensorflow", "jax", "torch"]
Device = Literal["auto", "cpu", "gpu", "gpus"]
TENSORFLOW: Backend = "tensorflow"
"""The backend that is the reference."""


_SHIPPED = {
    "profile": "quick",
    "recipe": "published",
    **dict.fromkeys(("lr", "epochs", "batch_size", "seed")),
    "backend": TENSORFLOW,
    "device": "auto",
    "threads": 1,
    "split": {"train": 0.8, "val": 0.1, "test": 0.1, "seed": 0},
}
"""Knobs that a file without data sets and runs need not have; else DVC demands them, as stages depend on them."""


class Params(Section):
    """The whole of `params.yaml`, which describes each knob."""

    profile: Literal["quick", "full"]
    recipe: Literal["published", "tuned"]
    lr: Rate | None
    epochs: Positive | None
    batch_size: Positive | None
    seed: Seed | None
    backend: Backend
    device: Device
    threads: Annotated[int, Field(gt=0, le=1024)]
    archives: str | None = None
    baseline: str | None = None
    ranks: Literal["apart", "together"] = "apart"
    split: Split
    datasets: dict[Name, DataProfiles] = Field(default_factory=dict)
    weights: dict[Name, Weights] = Field(default_factory=dict)
    features: dict[Name, Features] = Field(default_factory=dict)
    runs: dict[Name, Run] = Field(default_factory=dict)
    tests: dict[Name, ExternalTest] = Field(default_factory=dict)
    corruptions: dict[Name, Corruptions] = Field(default_factory=dict)
    thresholds: dict[Name, dict[str, Bound]] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _fill_empty(cls, content: Any) -> Any:
        if content is None or (isinstance(content, Mapping) and not (content.get("datasets") or content.get("runs"))):
            return {**_SHIPPED, **(content or {})}
        return content

    @model_validator(mode="after")
    def _check_device(self) -> Self:
        if self.device == "gpus" and self.backend != TENSORFLOW:
            raise ValueError(
                f"device: gpu beside backend: {self.backend}, received gpus: {TENSORFLOW} alone has them share"
            )
        return self

    @model_validator(mode="after")
    def _check_names(self) -> Self:
        named: dict[str, Mapping[str, Any]] = {
            "datasets": self.datasets,
            "runs": self.runs,
            "tests": self.tests,
            "weights and features": {NO_WEIGHTS: None} | self.weights | self.features,
        }
        for section, names in named.items():
            seen: dict[str, str] = {}
            for name in names:
                # on macOS and Windows they would share their files
                if (other := seen.setdefault(name.casefold(), name)) != name:
                    raise ValueError(
                        f"names that differ in more than case under {section}, received {other} and {name}: rename one"
                    )
        return self

    @model_validator(mode="after")
    def _check_datasets(self) -> Self:
        for name, run in self.runs.items():
            if run.dataset not in self.datasets:
                # a ValueError, which pydantic joins to the others; it would let a UserError through
                raise ValueError(_one_of("a data set", self.datasets, f"runs.{name}.dataset", run.dataset))
        return self

    @model_validator(mode="after")
    def _check_weights(self) -> Self:
        if twice := sorted(({NO_WEIGHTS, *self.weights} & {*self.features}) | ({NO_WEIGHTS} & {*self.weights})):
            raise ValueError(f"names of weights and features that differ from each other and none, received {twice[0]}")
        for name, features in self.features.items():
            key = f"features.{name}"
            if features.dataset not in self.datasets:
                raise ValueError(_one_of("a data set", self.datasets, f"{key}.dataset", features.dataset))
            if features.weights not in self.weights:
                raise ValueError(_one_of("weights", self.weights, f"{key}.weights", features.weights))
            _check_same_network(self.weights[features.weights], features.weights, key, features.architecture)
        for name, run in self.runs.items():
            known = [NO_WEIGHTS, *self.weights, *self.features]
            if run.weights not in known:
                raise ValueError(_one_of("weights or features", known, f"runs.{name}.weights", run.weights))
            if run.weights in self.weights:
                _check_same_network(self.weights[run.weights], run.weights, f"runs.{name}", run.architecture)
            elif run.weights in self.features:
                self._check_features(name, run)
        return self

    def _check_features(self, name: str, run: Run) -> None:
        features = self.features[run.weights]
        _check_same_network(self.weights[features.weights], features.weights, f"runs.{name}", run.architecture)
        if features.dataset != run.dataset:
            raise ValueError(
                f"features of {run.dataset} as runs.{name}.weights, received {run.weights}, of {features.dataset}"
            )
        for key, recipe in run.recipes():
            if features.layer not in (ALL, recipe.freeze):
                raise ValueError(
                    f"freeze: {features.layer} in runs.{name}.{key}, as its features {run.weights} are, "
                    f"received {recipe.freeze}"
                )
            always = recipe.freeze == features.layer
            if not always and not recipe.head_epochs:
                raise ValueError(
                    f"head_epochs or freeze: all in runs.{name}.{key}, which starts from the features {run.weights} of "
                    f"all layers below the head, received neither"
                )
            if always and (recipe.augmentation or recipe.mixes):
                raise ValueError(
                    f"no augmentation, mixup or cutmix in runs.{name}.{key}, all of whose epochs read the features "
                    f"{run.weights} in place of images, received one: start from {features.weights} instead"
                )

    @model_validator(mode="after")
    def _check_tests(self) -> Self:
        if twice := sorted({*self.tests} & {*self.runs}):
            raise ValueError(f"names of tests that no run has, received {twice[0]} as both")
        for name, test in self.tests.items():
            key = f"tests.{name}"
            self._check_run(test.run, f"{key}.run", test.trained_on, f"{key}.trained_on")
            if test.dataset not in self.datasets:
                raise ValueError(_one_of("a data set", self.datasets, f"{key}.dataset", test.dataset))
            if test.dataset == test.trained_on:
                raise ValueError(f"another data set than that of its run as {key}.dataset, received {test.dataset}")
        for name, corruptions in self.corruptions.items():
            self._check_run(
                name, f"a key of corruptions, such as {name}", corruptions.dataset, f"corruptions.{name}.dataset"
            )
        return self

    def _check_run(self, run: str, key: str, dataset: str, dataset_key: str) -> None:
        """Checks a run, and its data set, which DVC has to be told beside it."""
        if run not in self.runs:
            raise ValueError(_one_of("a run", self.runs, key, run))
        if dataset != (its := self.runs[run].dataset):
            raise ValueError(f"{its}, the data set of {run}, as {dataset_key}, received {dataset!r}")

    def test_named(self, name: str) -> ExternalTest:
        """The test of that name.

        Raises:
            UserError: `params.yaml` has none such.
        """
        if name not in self.tests:
            raise unknown("a test", name, self.tests)
        return self.tests[name]

    def weights_of(self, run: Run) -> Weights | None:
        """What a run starts from, whether with features or without; None where the seed draws it."""
        features = self.features.get(run.weights)
        return self.weights.get(features.weights if features else run.weights)

    def features_named(self, name: str) -> Features:
        """The features of that name.

        Raises:
            UserError: `params.yaml` has none such.
        """
        if name not in self.features:
            raise unknown("features", name, self.features)
        return self.features[name]

    def start_of(self, run: Run) -> Path | None:
        """The folder of the weights, or of features with weights, that a run starts from; None for none."""
        return None if run.weights == NO_WEIGHTS else Path("data/weights", run.weights)

    def data(self, dataset: str) -> Data:
        """The data set in the current profile.

        Raises:
            UserError: `params.yaml` has no such data set.
        """
        if dataset not in self.datasets:
            raise unknown("a data set", dataset, self.datasets)
        profiles = self.datasets[dataset]
        data = profiles.quick if self.profile == "quick" else profiles.full
        return data.join_near_copies() if profiles.definition == OWN else data

    def run(self, name: str) -> Run:
        """The run with the chosen recipe, changed by the profile and then by the top-level knobs.

        Raises:
            UserError: `params.yaml` has no such run, or the profile or a top-level knob does not go with its recipe.
        """
        if name not in self.runs:
            raise unknown("a run", name, self.runs)
        run = self.runs[name]
        chosen = run.tuned if self.recipe == "tuned" and run.tuned else run.recipe
        quick = {k: v for k, v in dict(run.quick).items() if v is not None} if self.profile == "quick" else {}
        knobs = {"lr": self.lr, "epochs": self.epochs, "batch_size": self.batch_size}
        # model_copy validates nothing: all of these values have been validated as parts of the file, but not together
        recipe = chosen.model_copy(update=quick | {k: v for k, v in knobs.items() if v is not None})
        try:
            recipe.check()
        except ValueError as error:
            raise UserError(
                f"Expected {error} in runs.{name} with what profile: {self.profile} and the top-level knobs set: "
                "correct these or the recipe."
            ) from None
        seed = run.seed if self.seed is None else self.seed
        return run.model_copy(update={"recipe": recipe, "seed": seed})

    def archives_folder(self) -> Path | None:
        """The user's folder of archives downloaded by hand; the variable CNNBENCH_ARCHIVES comes before params.yaml.

        Raises:
            UserError: The folder does not exist.
        """
        # `or`: a variable that is set but empty counts as unset
        named = os.environ.get(ARCHIVES) or self.archives
        folder = resolve_path(named) if named else None
        if folder is not None and not folder.is_dir():
            raise UserError(
                f"Expected a folder of downloaded archives at {named}, received none: correct archives in params.yaml "
                f"or the environment variable {ARCHIVES}."
            )
        return folder

    def baseline_file(self) -> Path | None:
        """The metrics of an earlier report, for the list of changes; None where no file is named.

        Raises:
            UserError: The file does not exist.
        """
        path = resolve_path(self.baseline) if self.baseline is not None else None
        if path is not None and not path.is_file():
            raise UserError(
                f"Expected a metrics.json or leaderboard.csv of an earlier report at {self.baseline}, received none: "
                "correct baseline in params.yaml."
            )
        return path


def _one_of(what: str, known: Iterable[str], key: str, received: str) -> str:
    names = list(known)
    return f"{what} among {', '.join(names) or 'none'} as {key}, received {received!r}{suggest(received, names)}"


def _check_same_network(weights: Weights, name: str, key: str, architecture: str) -> None:
    if weights.architecture != architecture:
        raise ValueError(
            f"architecture: {weights.architecture} in {key}, of which the weights {name} are, received {architecture}"
        )
