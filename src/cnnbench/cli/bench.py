"""Run the benchmark, independent stages side by side.

Does what `dvc repro` does, with the same dvc.lock in the end: what is up to date is skipped, what ran before with the
same inputs comes out of DVC's cache, the rest runs, as many stages at once as fit this machine. Each prints into a file
in .cnnbench/logs. A stage that fails stops only what hangs on it; one whose process was killed is run again. Ctrl-C
ends all; the next call goes on.

--dask and --slurm run the stages on the machines of a cluster that share the repository's file system: docs/cluster.md.

Without a target it then makes the MLflow runs of results that came out of DVC's cache (`cnnbench track`), prints the
leaderboard (`cnnbench results`), and says whether dvc.lock is as committed (`cnnbench verify --lock`).

Exit codes: 0 done; 1 a stage failed, or a file is not as expected; 2 wrong usage.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnnbench.cli import _board, _terminal
from cnnbench.core.errors import UserError

if TYPE_CHECKING:
    from cnnbench.config import Params
    from cnnbench.running.engine import Engine

_QUEUED = 100  # jobs in SLURM's queue at once, unless --jobs says


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options."""
    parser.add_argument("targets", nargs="*", metavar="TARGET", help="as `dvc repro` takes it: evaluate@<run>, train")
    parser.add_argument(
        "--jobs",
        type=_positive,
        metavar="N",
        help="stages at once; default: cores / `threads` of params.yaml, one for 2 GB of free memory, one for a GPU; "
        f"with --dask as many as the workers have threads, with --slurm {_QUEUED}",
    )
    parser.add_argument(
        "--gpus",
        metavar="LIST",
        help="GPUs for the stages in turn, as CUDA_VISIBLE_DEVICES names them: 0,1; default: all that are here; "
        "with --slurm how many each stage gets, none by default",
    )
    cluster = parser.add_argument_group("on a cluster").add_mutually_exclusive_group()
    cluster.add_argument("--dask", metavar="ADDRESS", help="of a Dask scheduler that runs: tcp://host:8786")
    cluster.add_argument(
        "--slurm",
        nargs="?",
        const="slurm",
        choices=("slurm", "local"),
        help="as jobs of SLURM; local: as processes of this machine that play it",
    )
    slurm = parser.add_argument_group("each job of SLURM")
    slurm.add_argument("--partition", metavar="NAME", help="of SLURM")
    slurm.add_argument(
        "--time", type=_positive, metavar="MINUTES", help="limit; a training that reaches it goes on; default: 240"
    )
    slurm.add_argument("--mem", type=_positive, metavar="GB", help="memory; default: the partition's")
    slurm.add_argument(
        "--sbatch",
        action="append",
        default=[],
        type=_setting,
        metavar="NAME=VALUE",
        help="another option of sbatch, more than once: account=x, constraint=icelake, qos=long",
    )


def run(arguments: argparse.Namespace) -> int:
    """Runs the stages; 1 where one failed."""
    from cnnbench import config
    from cnnbench.planning import existence, mending
    from cnnbench.running import bench

    if not Path("dvc.yaml").is_file() or not Path(".dvc").is_dir():
        raise UserError(f"Expected a repository with dvc.yaml and .dvc, received {Path.cwd()}: go to its root.")
    with bench.alone():
        for line in mending.mend(Path()):
            _terminal.say(line)
        knobs = config.load()
        existence.check(knobs, list(knobs.runs))
        engine = _choose_engine(arguments, knobs)
        _make_store()
        with _board.Board() as board:
            ended = bench.execute(arguments.targets, engine, board)
        _terminal.say(board.summary())
        if any(one.state == "failed" for one in ended):
            return 1
        return 0 if arguments.targets else _conclude(all(one.state == "unchanged" for one in ended))


def _choose_engine(arguments: argparse.Namespace, knobs: Params) -> Engine:
    """What runs the stages."""
    if arguments.slurm is None and (arguments.partition or arguments.time or arguments.mem or arguments.sbatch):
        raise UserError("Expected --slurm beside --partition, --time, --mem and --sbatch, received none: add it.")
    if arguments.dask is not None:
        from cnnbench.running.on_dask import Dask

        if arguments.gpus is not None:
            raise UserError(
                "Expected no --gpus beside --dask, received one: a worker sees the GPUs it was started with."
            )
        _warn_of_database()
        return Dask(arguments.dask, arguments.jobs)
    if arguments.slurm is not None:
        from cnnbench.running.on_slurm import Slurm

        if arguments.slurm == "slurm":
            _warn_of_database()
        local = arguments.slurm == "local"
        count = arguments.jobs or (_choose_slots(arguments, knobs)[0] if local else _QUEUED)
        return Slurm(count, arguments.slurm, _slurm_parameters(arguments, knobs))
    from cnnbench.running.engine import Here

    return Here(*_choose_slots(arguments, knobs))


def _slurm_parameters(arguments: argparse.Namespace, knobs: Params) -> dict[str, Any]:
    """What each job asks for, as submitit names it."""
    gpus = arguments.gpus or "0"
    if not gpus.isdecimal() or len(gpus) > 2:
        raise UserError(f"Expected the number of GPUs of a stage beside --slurm, received {gpus!r}: say --gpus 1.")
    asked = {
        "name": "cnnbench",
        "timeout_min": arguments.time or 240,
        "cpus_per_task": knobs.threads,
        "gpus_per_node": int(gpus) or None,
        "mem_gb": arguments.mem,
        "slurm_partition": arguments.partition,
        "slurm_additional_parameters": dict(arguments.sbatch) or None,
    }
    return {name: value for name, value in asked.items() if value is not None}


def _warn_of_database() -> None:
    """Says that several machines would write one SQLite file."""
    from cnnbench.tracking.place import Place

    if database := Place.find().database:
        _terminal.say(
            f"warning: MLflow's store is the file {database.name}, which several machines are to write at once: set "
            "MLFLOW_TRACKING_URI to a server (docs/cluster.md)"
        )


def _choose_slots(arguments: argparse.Namespace, knobs: Params) -> tuple[int, list[str]]:
    """The number of stages at once on this machine, and the GPUs for them."""
    from cnnbench.running import slots

    if arguments.gpus is not None:
        gpus = slots.parse_gpus(arguments.gpus)
    else:
        gpus = [] if knobs.device == "cpu" else slots.find_gpus()
    return arguments.jobs or slots.count_fitting(knobs.threads, gpus), gpus


def _make_store() -> None:
    """Makes MLflow's store before several stages come for it at once."""
    from cnnbench import tracking
    from cnnbench.tracking import store_error
    from cnnbench.tracking.place import Place

    database = Place.find().database
    if database is None or database.exists():
        return
    try:
        from cnnbench.tracking.store import Store

        with store_error.store_errors(), Store():
            pass
    except store_error.StoreError as error:
        if tracking.is_strict():
            raise
        store_error.warn(error.reason)


def _conclude(nothing_new: bool) -> int:
    """What follows the stages: MLflow's runs, the leaderboard, dvc.lock against the committed one."""
    from cnnbench.cli import results, track, verify
    from cnnbench.tracking import settled

    reports = Path("reports")
    known = nothing_new and settled.is_settled(reports)
    return (
        (0 if known else track.run(argparse.Namespace(reports=reports, strict=False)))
        or results.run(argparse.Namespace(reports=reports))
        or verify.run(argparse.Namespace(root=Path(), lock=True, save=False))
    )


def _positive(word: str) -> int:
    # not isdigit, which takes a superscript that int() refuses; it also refuses thousands of digits
    if not word.isdecimal() or len(word) > 4 or not int(word):
        raise argparse.ArgumentTypeError(f"expected a number from 1 to 9999, received {word!r}")
    return int(word)


def _setting(word: str) -> tuple[str, str]:
    name, equals, value = word.partition("=")
    if not (name and equals and value):
        raise argparse.ArgumentTypeError(f"expected NAME=VALUE, received {word!r}")
    return name.lstrip("-"), value
