"""The options of `cnnbench bench` that say where the stages run, and how many at once."""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING, Any

from cnnbench.cli import _terminal
from cnnbench.core.errors import UserError

if TYPE_CHECKING:
    from cnnbench.config import Params
    from cnnbench.running.engine import Engine
    from cnnbench.running.remote import Way

_QUEUED = 100  # jobs in SLURM's queue at once, unless --jobs says


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options."""
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
        type=_cluster,
        metavar="local",
        help="as jobs of SLURM; local: as processes of this machine that play it",
    )
    parser.add_argument(
        "--clones",
        action="store_true",
        help="with --dask or --slurm, on machines that do not share the repository's file system: each has a clone, "
        "which takes from DVC's remote what it needs",
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


def choose(arguments: argparse.Namespace, knobs: Params) -> Engine:
    """What runs the stages."""
    if arguments.slurm is None and (arguments.partition or arguments.time or arguments.mem or arguments.sbatch):
        raise UserError("Expected --slurm beside --partition, --time, --mem and --sbatch, received none: add it.")
    if arguments.dask is not None:
        from cnnbench.running.on_dask import Dask

        if arguments.gpus is not None:
            raise UserError(
                "Expected no --gpus beside --dask, received one: a worker sees the GPUs it was started with."
            )
        _leave_file_alone()
        return Dask(arguments.dask, arguments.jobs, _choose_way(arguments))
    if arguments.slurm is not None:
        from cnnbench.running.on_slurm import Slurm

        if arguments.slurm == "slurm" or arguments.clones:
            _leave_file_alone()
        local = arguments.slurm == "local"
        count = arguments.jobs or (_choose_slots(arguments, knobs)[0] if local else _QUEUED)
        return Slurm(count, arguments.slurm, _slurm_parameters(arguments, knobs), _choose_way(arguments))
    if arguments.clones:
        raise UserError("Expected --dask or --slurm beside --clones, received neither: add one.")
    from cnnbench.running.engine import Here

    return Here(*_choose_slots(arguments, knobs))


def _choose_way(arguments: argparse.Namespace) -> Way:
    """How stages get to the machines of a cluster, and their results back."""
    from cnnbench.running.remote import SharedFiles

    if not arguments.clones:
        return SharedFiles()
    from cnnbench.running.clones import Clones

    way = Clones.opened()
    if way.snapshot.left_out:
        _terminal.say(f"Not in the snapshot, as they look like secrets: {', '.join(way.snapshot.left_out)}")
    return way


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


def _leave_file_alone() -> None:
    """Has stages keep what is for MLflow, where its store is a file, which several machines would write at once."""
    from cnnbench import tracking
    from cnnbench.tracking.place import Place

    if Place.find().database:
        os.environ.setdefault(tracking.SETTING, tracking.LATER)


def _choose_slots(arguments: argparse.Namespace, knobs: Params) -> tuple[int, list[str]]:
    """The number of stages at once on this machine, and the GPUs for them."""
    from cnnbench.running import slots

    if arguments.gpus is not None:
        gpus = slots.read_gpus(arguments.gpus)
        if knobs.device == "gpus":
            return arguments.jobs or 1, [",".join(gpus)]
    elif knobs.device == "gpus":  # each stage takes all of them
        return arguments.jobs or 1, []
    else:
        gpus = [] if knobs.device == "cpu" else slots.find_gpus()
    return arguments.jobs or slots.count_fitting(knobs.threads, gpus), gpus


def _positive(word: str) -> int:
    # not isdigit, which takes a superscript that int() refuses; it also refuses thousands of digits
    if not word.isdecimal() or len(word) > 4 or not int(word):
        raise argparse.ArgumentTypeError(f"expected a number from 1 to 9999, received {word!r}")
    return int(word)


def _cluster(word: str) -> str:
    if word not in ("slurm", "local"):
        raise argparse.ArgumentTypeError(f"expected local or nothing, received {word!r}: write targets before --slurm")
    return word


def _setting(word: str) -> tuple[str, str]:
    name, equals, value = word.partition("=")
    if not (name and equals and value):
        raise argparse.ArgumentTypeError(f"expected NAME=VALUE, received {word!r}")
    return name.lstrip("-"), value
