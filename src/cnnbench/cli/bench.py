"""Run the benchmark, independent stages side by side.

Does what `dvc repro` does, with the same dvc.lock in the end: what is up to date is skipped, what ran before with the
same inputs comes out of DVC's cache, the rest runs, as many stages at once as fit this machine. Each prints into a file
in .cnnbench/logs. A stage that fails stops only what hangs on it; one whose process was killed is run again. Ctrl-C
ends all; the next call goes on.

--dask and --slurm run the stages on the machines of a cluster that share the repository's file system; with --clones
on those that share nothing but DVC's remote: docs/cluster.md.

It then makes the MLflow runs of results that came out of DVC's cache, as `cnnbench track` does. Without a target it
also prints the leaderboard (`cnnbench results`), and says whether dvc.lock is as committed (`cnnbench verify --lock`).

It exits 1 where a stage failed.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from cnnbench.cli import _board, _engines, _terminal, track
from cnnbench.core.errors import UserError

REPORTS = Path("reports")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options."""
    parser.add_argument("targets", nargs="*", metavar="TARGET", help="as `dvc repro` takes it: evaluate@<run>, train")
    _engines.add_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Runs the stages; 1 where one failed."""
    if not execute(arguments, arguments.targets):
        return 1
    if arguments.targets:
        track.complete(REPORTS)
        return 0
    return _conclude()


def execute(arguments: argparse.Namespace, targets: Sequence[str], last: str = "") -> bool:
    """Runs the stages of these targets, of all for none; returns whether no stage failed.

    Args:
        arguments: Of `_engines`.
        targets: As `dvc repro` takes them.
        last: A stage to end with, without what else it needs.
    """
    from cnnbench import config
    from cnnbench.planning import existence, mending
    from cnnbench.running import execution

    if not Path("dvc.yaml").is_file() or not Path(".dvc").is_dir():
        raise UserError(f"Expected a repository with dvc.yaml and .dvc, received {Path.cwd()}: go to its root.")
    with execution.alone():
        for line in mending.mend(Path()):
            _terminal.say(line)
        knobs = config.load()
        existence.check(knobs, list(knobs.runs))
        engine = _engines.choose(arguments, knobs)
        _make_store()
        with _board.Board() as board:
            ended = execution.execute(targets, engine, board, last)
        _terminal.say(board.summary())
        _pass_on()
        return not any(one.state == "failed" for one in ended)


def _pass_on() -> None:
    """Gives MLflow what stages have kept for it."""
    from cnnbench import tracking
    from cnnbench.tracking import store_error

    if not tracking.is_left():
        return
    try:
        from cnnbench.tracking import backfill

        count = len(list(backfill.complete_earlier_runs()))
    except store_error.StoreError as error:
        store_error.warn(error.reason)
    else:
        _terminal.say(f"Stages passed on to MLflow: {count}.")


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


def _conclude() -> int:
    """What follows all stages: MLflow's runs, the leaderboard, dvc.lock against the committed one."""
    from cnnbench.cli import results, verify

    track.complete(REPORTS)
    return results.show(REPORTS) or verify.run(argparse.Namespace(root=Path(), lock=True, save=False))
