"""Measures the tutorials' figures on the data as published, under every split protocol that applies.

    CNNBENCH_ARCHIVES=/path/to/archives python benchmarks/published.py             # all of it, cheapest first
    CNNBENCH_ARCHIVES=/path/to/archives python benchmarks/published.py --only chest official tuned
    python benchmarks/published.py --tables                                        # only write reports/published/

It runs the stages of the pipeline, in a folder of their own for each data set and protocol under .published/, with a
params.yaml derived from the one in the repository. What was measured with the same records and the same recipe is not
measured again, so it can be stopped and started at any time.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError
from ruamel.yaml import YAML

from cnnbench import config
from cnnbench.core import files
from cnnbench.core.errors import UserError

ROOT = Path(__file__).parent.parent
WORK = ROOT / ".published"
PACKAGES = ("tensorflow", "keras", "numpy", "pillow")


class Plan(NamedTuple):
    """What is measured of one run of params.yaml.

    Attributes:
        run: Its name there.
        protocols: How the data set is split.
        seeds: Of the repeats.
        folds: Test folds; more than one is cross-validation.
        variants: Recipes: published, tuned, or what is changed in the published one.
        data: What differs from the data set's full profile.
        jobs: How many such trainings two cores can do at once.
    """

    run: str
    protocols: tuple[str, ...]
    seeds: int = 3
    folds: int = 1
    variants: Mapping[str, Mapping[str, Any]] = {"published": {}, "tuned": {}}
    data: Mapping[str, Any] = {}
    jobs: int = 1


PLANS = (
    Plan("breast_histopathology-breast_cnn", ("grouped", "image-level"), jobs=2),
    Plan("boston_housing-conv1d", ("grouped",), seeds=5, folds=10, jobs=2),
    # The archive at hand holds a tenth of CIFAR-10, which tensorflow-datasets rightly refuses.
    Plan("cifar10-cifar_cnn", ("official", "grouped"), data={"source": "archive"}),
    Plan("mnist-mnist_cnn", ("official", "grouped"), seeds=5, variants={"published": {}}),
    # 64x64 for want of a GPU: VGG16 at 224x224 takes thirteen times as long.
    Plan("brain_tumor-plain_cnn", ("grouped", "image-level", "official"), data={"size": 64}),
    Plan("brain_tumor-vgg16", ("grouped", "image-level", "official"), seeds=1, data={"size": 64}),
    Plan("chest_xray-chest_cnn", ("official", "grouped", "image-level"), seeds=1,
         variants={"tuned": {}, "published": {}, "published, no augmentation": {"augmentation": None}}),
)  # fmt: skip


class Job(NamedTuple):
    """One training."""

    plan: Plan
    protocol: str
    variant: str
    seed: int
    fold: int

    @property
    def name(self) -> str:
        """Of the run in the derived params.yaml."""
        slug = "-".join(self.variant.replace(",", "").split())
        return f"{self.plan.run}-{slug}-s{self.seed}-f{self.fold}"

    @property
    def folder(self) -> Path:
        """Where the stages run; a data set cached at another size is another folder."""
        size = f"-{self.plan.data['size']}px" if "size" in self.plan.data else ""
        return WORK / f"{self.plan.run.split('-')[0]}-{self.protocol}{size}"

    @property
    def result(self) -> Path:
        """What says that it is done."""
        return self.folder / "reports/runs" / self.name / "measured.json"


def jobs(only: Sequence[str] = ()) -> Iterator[Job]:
    """All trainings, in the order in which they are done: of each plan the first seed of everything comes first.

    Args:
        only: Words that the folder or the name of each must hold.
    """
    runs = config.load(ROOT / "params.yaml").runs
    for plan in PLANS:
        for seed in range(plan.seeds):
            for protocol in plan.protocols:
                for variant in plan.variants:
                    if variant == "tuned" and not runs[plan.run].tuned:
                        continue
                    for fold in range(plan.folds):
                        job = Job(plan, protocol, variant, seed, fold)
                        if all(word in f"{job.folder.name}/{job.name}" for word in only):
                            yield job


def knobs(job: Job) -> dict[str, Any]:
    """The derived params.yaml of a job."""
    content = YAML(typ="safe").load(ROOT / "params.yaml")
    dataset = content["runs"][job.plan.run]["dataset"]
    definition = content["datasets"][dataset]
    definition["full"] |= job.plan.data
    rule = definition["full"]["split"]
    near = rule.get("near_copies") if isinstance(rule, dict) else None
    definition["full"]["split"] = {"protocol": job.protocol} | ({"near_copies": near} if near else {})
    run = content["runs"][job.plan.run] | {"seed": job.seed, "fold": job.fold}
    run["recipe"] = run["recipe"] | job.plan.variants[job.variant]
    return content | {
        "profile": "full",
        "recipe": "tuned" if job.variant == "tuned" else "published",
        "datasets": {dataset: definition},
        "runs": {job.name: run},
        "thresholds": {},
    }


def prepare(job: Job) -> None:
    """Downloads, splits and caches what a job needs, unless that is done."""
    content = knobs(job)
    ((dataset, definition),) = content["datasets"].items()
    done = job.folder / "data.json"
    wanted = {"dataset": dataset, **definition["full"], "shares": content["split"]}
    raw = WORK / "raw" / dataset
    _link(job.folder / "data/raw" / dataset, raw)
    if done.exists() and files.read_json(done) == wanted and (raw / "source.json").exists():
        return
    _write(job.folder, content)
    for name in ("download", "split", "cache") if not (raw / "source.json").exists() else ("split", "cache"):
        _stage(name, dataset, job.folder, live=_is_terminal())
    files.write_json(done, wanted)


def measure(job: Job) -> None:
    """Trains and evaluates, in a folder of its own beside the data that other jobs share."""
    content = knobs(job)
    dataset = next(iter(content["datasets"]))
    place = job.folder / "jobs" / job.name
    for name in ("data", "reports/runs"):
        _link(place / name, job.folder / name)
    _write(place, content)
    start = time.monotonic()
    for name in ("train", "evaluate"):
        _stage(name, job.name, place, live=_is_terminal() and job.plan.jobs == 1)
    files.write_json(
        job.result,
        {
            "run": job.plan.run,
            "variant": job.variant,
            "key": key(job),
            "commit": _commit(),
            "versions": {package: importlib.metadata.version(package) for package in PACKAGES},
            "seconds": round(time.monotonic() - start),
            "dataset": dataset,
        },
    )
    (place / "models" / job.name / "model.keras").unlink()  # forty megabytes that nobody will ask for


def key(job: Job) -> dict[str, Any]:
    """What a measurement depends on: the same key gives the same figures."""
    run = config.Params.model_validate(knobs(job)).run(job.name)
    records = job.folder / "data/records" / run.dataset / "records.json"
    shards = [shard["sha256"] for shard in files.read_json(records)["shards"]] if records.exists() else []
    return {
        "recipe": run.recipe.model_dump(),
        "seed": job.seed,
        "fold": job.fold,
        "shards": shards,
    }


def is_done(job: Job) -> bool:
    """Whether it was measured, with the records and the recipe of today; a knob that is new since is at its default."""
    if not job.result.exists():
        return False
    known = files.read_json(job.result)["key"]
    try:
        known["recipe"] = config.Recipe.model_validate(known["recipe"]).model_dump()
    except ValidationError:
        return False
    return bool(known == json.loads(json.dumps(key(job))))


def _link(link: Path, target: Path) -> None:
    """Links to a folder, which is made, by the way from here to there: the whole may be moved."""
    target.mkdir(parents=True, exist_ok=True)
    link.parent.mkdir(parents=True, exist_ok=True)
    link.unlink(missing_ok=True)
    link.symlink_to(os.path.relpath(target, link.parent), target_is_directory=True)


def _write(folder: Path, content: dict[str, Any]) -> None:
    with (folder / "params.yaml").open("w") as file:
        YAML().dump(content, file)


def _is_terminal() -> bool:
    return sys.stdout.isatty() and sys.stderr.isatty()


def _stage(name: str, argument: str, folder: Path, *, live: bool) -> None:
    """Runs a stage, with its own bars where it is live, else into a log."""
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src")}
    command = [sys.executable, str(ROOT / "stages" / f"{name}.py"), argument]
    log = folder / f"{name}.log"
    with log.open("w") as file:
        output: dict[str, Any] = {} if live else {"stdout": file, "stderr": subprocess.STDOUT}
        code = subprocess.run(command, cwd=folder, env=environment, **output).returncode
    if code:
        lines = log.read_text().strip().splitlines() or [f"exit code {code}"]
        raise UserError(f"Expected stage {name} of {argument} to end well, received: {lines[-1]}")


def _commit() -> str:
    return subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.strip()


def main() -> int:
    """Measures what is missing, then writes the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--only", metavar="WORD", nargs="+", default=(), help="trainings whose name holds all: run, protocol, recipe"
    )
    parser.add_argument("--minutes", type=float, default=float("inf"), help="start no training after so many")
    parser.add_argument("--tables", action="store_true", help="measure nothing")
    arguments = parser.parse_args()
    start = time.monotonic()
    try:
        if not arguments.tables:
            _measure_all(list(jobs(arguments.only)), start + 60 * arguments.minutes)
        import published_tables

        published_tables.write([job for job in jobs() if is_done(job)])
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def _measure_all(wanted: list[Job], until: float) -> None:
    def measure_one(numbered: tuple[int, Job]) -> None:
        place, job = numbered
        began = time.monotonic()
        if began < until and not is_done(job):
            what = f"[{place}/{len(wanted)}] {job.folder.name} {job.name}"
            print(f"{what} ...", flush=True)
            measure(job)
            print(f"{what}: {time.monotonic() - began:.0f} s", flush=True)

    for plan in PLANS:
        numbered = [(place, job) for place, job in enumerate(wanted, start=1) if job.plan is plan]
        for _, job in numbered:
            prepare(job)
        with ThreadPoolExecutor(plan.jobs) as pool:
            list(pool.map(measure_one, numbered))


if __name__ == "__main__":
    raise SystemExit(main())
