"""Measures the tutorials' figures on the data as published, under every split protocol that applies.

    CNNBENCH_ARCHIVES=/path/to/archives python benchmarks/published.py             # all of it, cheapest first
    CNNBENCH_ARCHIVES=/path/to/archives python benchmarks/published.py --only chest official tuned
    python benchmarks/published.py --tables                                        # only write reports/published/

It runs the stages of the pipeline, in a folder of their own for each data set and protocol under .published/, with a
params.yaml derived from the one in the repository and from benchmarks/measured.yaml, which has what the quick benchmark
has not: runs that start from ImageNet, modern recipes, HAM10000. What was measured with the same records and the same
recipe is not measured again, so it can be stopped and started at any time, here or on another machine: predictions and
figures of each training are kept in reports/published/runs/.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import published_tables
from published_plans import PLANS, ROOT, Plan, everything
from pydantic import ValidationError
from ruamel.yaml import YAML

from cnnbench import config
from cnnbench.backend import runtime
from cnnbench.core import files
from cnnbench.core.errors import UserError

WORK = ROOT / ".published"
KEPT = ROOT / "reports/published/runs"


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
        """What says that it is done, beside its predictions and figures."""
        return KEPT / self.folder.name / self.name / "measured.json"


def jobs(only: Sequence[str] = ()) -> Iterator[Job]:
    """All trainings, in the order in which they are done: of each plan the first seed of everything comes first.

    Args:
        only: Words that the folder or the name of each must hold.
    """
    runs = everything()["runs"]
    for plan in PLANS:
        for seed in range(plan.seeds):
            for protocol in plan.protocols:
                for variant in plan.variants:
                    if variant == "tuned" and not runs[plan.run].get("tuned"):
                        continue
                    for fold in range(plan.folds):
                        job = Job(plan, protocol, variant, seed, fold)
                        if all(word in f"{job.folder.name}/{job.name}" for word in only):
                            yield job


def knobs(job: Job) -> dict[str, Any]:
    """The derived params.yaml of a job."""
    content = everything()
    dataset = content["runs"][job.plan.run]["dataset"]
    definition = content["datasets"][dataset]
    definition["full"] = dict(definition["full"])
    definition["full"] |= job.plan.data
    definition["full"]["source"] = unpacked(definition["full"]["source"])
    rule = definition["full"]["split"]
    near = rule.get("near_copies") if isinstance(rule, dict) else None
    definition["full"]["split"] = {"protocol": job.protocol} | ({"near_copies": near} if near else {})
    run = content["runs"][job.plan.run] | {"seed": job.seed, "fold": job.fold}
    changes = dict(job.plan.variants[job.variant])
    run["weights"] = changes.pop("weights", run["weights"])
    features = {name: entry for name, entry in content["features"].items() if name == run["weights"]}
    if layer := changes.pop("features", None):
        weights, network = run["weights"], run["architecture"]
        run["weights"] = f"{dataset}-{weights}-{layer}"
        features = {
            run["weights"]: {"dataset": dataset, "weights": weights, "architecture": network, "layer": layer},
        }
    run["recipe"] = run["recipe"] | changes
    return content | {
        "features": features,
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
    unpack(everything()["datasets"][dataset]["full"]["source"])
    write_params(job.folder, content)
    for name in ("download", "split", "cache") if not (raw / "source.json").exists() else ("split", "cache"):
        run_stage(name, dataset, job.folder, live=_is_terminal())
    files.write_json(done, wanted)


def prepare_weights(job: Job) -> None:
    """Fetches the weights that a job starts from and computes the features, unless that is done."""
    content = knobs(job)
    ((_, run),) = content["runs"].items()
    features = content["features"].get(run["weights"])
    write_params(job.folder, content)
    for stage, start in (("weights", (features or run)["weights"]), ("features", run["weights"] if features else None)):
        folder = job.folder / "data/weights" / str(start)
        if start not in (None, config.NO_WEIGHTS) and not (folder / "source.json").exists():
            run_stage(stage, start, job.folder, live=_is_terminal())


def _in_archive(source: Any) -> tuple[str, str]:
    """The name of the archive that the path of a source lies in, and the path in there; empty where it lies in none."""
    path = source.get("path", "") if isinstance(source, dict) else ""
    archive, inside, inner = path.partition(".zip/")
    return (archive, inner) if inside else ("", "")


def unpacked(source: Any) -> Any:
    """A source, whose path may be in an archive, as it is once that is unpacked beside the work."""
    archive, inner = _in_archive(source)
    return source | {"path": str(WORK / "unpacked" / archive / inner)} if archive else source


def unpack(source: Any) -> None:
    """Unpacks the archive that a source lies in, if it lies in one, unless that is done."""
    archive, _ = _in_archive(source)
    folder = WORK / "unpacked" / archive
    if not archive or folder.exists():
        return
    archives = config.load(ROOT / "params.yaml").archives_folder()
    if archives is None:
        raise UserError(f"Expected the folder of {archive}.zip in {config.ARCHIVES}, received none: set it.")
    with files.scratch(WORK) as scratch, zipfile.ZipFile(archives / f"{archive}.zip") as opened:
        opened.extractall(scratch)
        folder.parent.mkdir(parents=True, exist_ok=True)
        scratch.rename(folder)


def measure(job: Job) -> None:
    """Trains and evaluates, in a folder of its own beside the data that other jobs share."""
    content = knobs(job)
    dataset = next(iter(content["datasets"]))
    place = job.folder / "jobs" / job.name
    for name in ("data", "reports/runs"):
        _link(place / name, job.folder / name)
    write_params(place, content)
    start = time.monotonic()
    for name in ("train", "evaluate"):
        run_stage(name, job.name, place, live=_is_terminal() and job.plan.jobs == 1)
    made = job.folder / "reports/runs" / job.name
    job.result.parent.mkdir(parents=True, exist_ok=True)
    for name in ("run.json", "metrics.json", "history.csv", "predictions.parquet", "validation.csv"):
        if (made / name).exists():  # a regression has no validation.csv: it chooses nothing on validation data
            shutil.copy(made / name, job.result.parent)
    files.write_json(
        job.result,
        {
            "run": job.plan.run,
            "variant": job.variant,
            "key": key(job),
            "commit": _commit(),
            "versions": {package: runtime.installed_version(package) for package in published_tables.PACKAGES},
            "seconds": round(time.monotonic() - start),
            "dataset": dataset,
        },
    )
    (place / "models" / job.name / "model.keras").unlink()  # forty megabytes that nobody will ask for


def key(job: Job) -> dict[str, Any]:
    """What a measurement depends on: the same key gives the same figures."""
    run = config.Params.model_validate(knobs(job)).run(job.name)
    records = job.folder / "data/records" / run.dataset / "records.json"
    shards = [shard["sha256"] for shard in files.read_json(records)["shards"]] if records.exists() else None
    return {
        "recipe": run.recipe.model_dump(),
        "weights": run.weights,
        "seed": job.seed,
        "fold": job.fold,
        "shards": shards,
    }


def is_done(job: Job) -> bool:
    """Whether it was measured, with the records and the recipe of today; a knob that is new since is at its default.

    Where the data are not at hand, the records are taken to be those of then.
    """
    if not job.result.exists():
        return False
    known = {"weights": config.NO_WEIGHTS} | files.read_json(job.result)["key"]
    try:
        known["recipe"] = config.Recipe.model_validate(known["recipe"]).model_dump()
    except ValidationError:
        return False
    wanted = json.loads(json.dumps(key(job)))
    return bool(known == wanted | ({} if wanted["shards"] else {"shards": known["shards"]}))


def _link(link: Path, target: Path) -> None:
    """Links to a folder, which is made, by the way from here to there: the whole may be moved."""
    target.mkdir(parents=True, exist_ok=True)
    link.parent.mkdir(parents=True, exist_ok=True)
    link.unlink(missing_ok=True)
    link.symlink_to(os.path.relpath(target, link.parent), target_is_directory=True)


def write_params(folder: Path, content: dict[str, Any]) -> None:
    """Writes a folder's params.yaml."""
    with (folder / "params.yaml").open("w") as file:
        YAML().dump(content, file)


def _is_terminal() -> bool:
    return sys.stdout.isatty() and sys.stderr.isatty()


def run_stage(name: str, argument: str, folder: Path, *, live: bool) -> None:
    """Runs a stage, of no name where it has none, with its own bars where it is live, else into a log."""
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src")}
    command = [sys.executable, str(ROOT / "stages" / f"{name}.py"), *([argument] if argument else [])]
    log = folder / f"{name}.log"
    with log.open("w") as file:
        output: dict[str, Any] = {} if live else {"stdout": file, "stderr": subprocess.STDOUT}
        code = subprocess.run(command, cwd=folder, env=environment, **output).returncode
    if code:
        lines = log.read_text().strip().splitlines() or [f"exit code {code}"]
        raise UserError(f"Expected stage {name} of {argument} to end well, received: {lines[-1]}")


def _commit() -> str:
    def git(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True)

    # the tables that this script itself writes are no change of what is measured
    changed = git("diff", "--quiet", "HEAD", "--", ".", ":!reports").returncode
    return git("describe", "--always").stdout.strip() + ("-dirty" if changed else "")


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
            if not is_done(job):
                prepare(job)
                prepare_weights(job)
        with ThreadPoolExecutor(plan.jobs) as pool:
            list(pool.map(measure_one, numbered))


if __name__ == "__main__":
    raise SystemExit(main())
