"""The pipeline as one process holds it: all of DVC's inside that is touched, since DVC runs one stage at a time.

Each method is a part of DVC's own `reproduce`, in its order: changed? remove the outputs, restore them from the run
cache or run the command, hash, commit. tests/running/test_parts_of_dvc.py fails where another DVC has other parts.
"""

from __future__ import annotations

import errno
import hashlib
import logging
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, Self, cast

from cnnbench.core import dvc_leftovers, refusals
from cnnbench.core.errors import UserError, suggest
from cnnbench.running import job, linear, results_file
from cnnbench.running.exchange import Exchange
from cnnbench.running.ignored import IgnoredFiles
from cnnbench.running.remote_files import ExchangeError

_BATCH = 2.0  # seconds between two writings of dvc.lock
_LONG = 200  # bytes of a file's name; most file systems end at 255, and suffixes follow
_OF_ALL = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO)
Stage = Any  # DVC's


class StageError(Exception):
    """What keeps one stage from its result, and no other."""


class Pipeline:
    """The repository of the working directory, in which DVC's lock is held but for `released`.

    A context manager. It leaves dvc.lock with all that was recorded, whatever happens, and where all went well it adds
    to git's index what `dvc repro` would add.

    Args:
        exchange: Makes one of DVC's repository, where stages run in clones; None where they run here.
    """

    exchange: Exchange | None = None

    def __init__(self, exchange: Callable[[Any], Exchange] | None = None) -> None:
        self._make_exchange = exchange

    def __enter__(self) -> Self:
        # imported late: half a second
        from dvc.exceptions import DvcException
        from dvc.repo import Repo, lock_repo

        self._inputs: dict[Stage, list[Any]] = {}
        self._held: dict[Stage, ExitStack] = {}
        self._recorded: list[Stage] = []
        self._files: dict[str, results_file.ResultsFile] = {}
        self._written = time.monotonic()
        self._exit = ExitStack()
        self._exit.enter_context(_warnings_alone())
        try:
            self._repo = self._exit.enter_context(Repo(_wait_for_lock=True))
            self.exchange = self._make_exchange(self._repo) if self._make_exchange else None
            self._exit.enter_context(linear.params_read_once())
            self._exit.enter_context(lock_repo(self._repo))
            _mend(self._repo)
            self._exit.enter_context(self._repo.scm_context())
        except DvcException as error:
            self._exit.close()
            raise _refused(error) from None
        self._exit.callback(self.write)
        return self

    def __exit__(self, *error: Any) -> None:
        for held in self._held.values():
            held.close()
        self._exit.__exit__(*error)

    def plan(self, targets: Sequence[str] = (), last: str = "") -> dict[Stage, set[Stage]]:
        """The stages of the targets in DVC's order, each with those that it needs; of all where there is no target.

        Args:
            targets: As `dvc repro` takes them.
            last: A stage that comes after them and is made from what is there, as by `dvc repro --single-item`.

        Raises:
            UserError: DVC cannot read the pipeline, or has no such target.
        """
        from dvc.exceptions import DvcException
        from dvc.repo.reproduce import collect_stages, get_active_graph, plan_repro
        from dvc.stage.exceptions import StageNotFound

        known: list[str] = []
        try:
            index = self._repo.index
            known = [stage.addressing for stage in index.stages]
            graph = get_active_graph(index.graph)
            # what `collect_stages` has for dvc.yaml, which it would read once more
            order = plan_repro(graph, [stage for stage in index.stages if stage.path_in_repo == "dvc.yaml"])
            if targets:
                # by itself in an order that differs from process to process, as Python's hashes do
                chosen = dict.fromkeys(plan_repro(graph, collect_stages(self._repo, targets)))
                chosen |= dict.fromkeys(stage for stage in order if stage.addressing == last)
                order = [stage for stage in dict.fromkeys([*order, *chosen]) if stage in chosen]
            there = set(order)
            plan = {stage: there & set(graph.successors(stage)) for stage in order}
        except DvcException as error:
            known += dict.fromkeys(name.partition("@")[0] for name in known if "@" in name)
            absent = [target for target in targets if target not in known]
            if isinstance(error, StageNotFound) and absent:
                raise UserError(
                    f"Expected a stage of dvc.yaml, or the name of several, as train, received {absent[0]!r}"
                    f"{suggest(absent[0], known)}; `dvc stage list` names them."
                ) from None
            raise _refused(error) from None
        self._places = {stage: place for place, stage in enumerate(plan)}
        ignored = IgnoredFiles(out.fs_path for stage in plan for out in stage.outs)
        self._exit.callback(ignored.sort)
        return plan

    def name(self, stage: Stage) -> str:
        """As DVC names it: train@mnist-mnist_cnn."""
        return cast(str, stage.addressing)

    def is_changed(self, stage: Stage) -> bool:
        """Whether `dvc repro` would not skip it."""
        with _stage_errors():
            return cast(bool, stage.changed())

    def restore(self, stage: Stage) -> bool:
        """Restores what the stage wrote when it last had these inputs; its outputs are removed in any case.

        Where there is an exchange: when it last had them on whatever machine.

        Returns:
            Whether that is all. Else its command is to be run.
        """
        from dvc.stage.cache import RunCacheNotFoundError

        with _stage_errors():
            if stage.frozen or not stage.cmd:  # nothing travels: a file of `dvc add`, an import
                stage.reproduce()
                self._keep(stage)
                return True
            stage.remove_outs(ignore_remove=False, force=False)
            before = [dep.hash_info for dep in stage.deps]
            try:
                self._repo.stage_cache.restore(stage)
            except RunCacheNotFoundError:
                if [dep.hash_info for dep in stage.deps] != before:
                    _forget_outputs(stage)
                if not (self.exchange and self.exchange.restore(stage)):
                    return False
            self._save(stage)
            return True

    def prepare(self, stage: Stage, folder: Path, environment: Mapping[str, str]) -> job.Job:
        """Removes the outputs, hashes what the stage reads, and keeps other DVCs from both until it has ended.

        Args:
            stage: One that could not be restored.
            folder: For logs and locks.
            environment: Variables of the command, beside those that DVC gives it.
        """
        from dvc.rwlock import rwlock
        from dvc.stage.run import _enforce_cmd_list, _make_cmd, get_executable, prepare_kwargs

        with _stage_errors():
            stage.remove_outs(ignore_remove=False, force=False)
            stage.save_deps()
            self._inputs[stage] = [dep.hash_info for dep in stage.deps]
            given = prepare_kwargs(stage, run_env=dict(environment))
            # a name of its own: DVC counts the holders of a lock by process and name
            name = f"cnnbench bench, {self.name(stage)}"
            reads, writes = ([entry.fs_path for entry in entries] for entries in (stage.deps, stage.outs))
            hardlink = self._repo.config["core"].get("hardlink_lock", False)
            self._held[stage] = ExitStack()
            self._held[stage].enter_context(rwlock(self._repo.tmp_dir, self._repo.fs, name, reads, writes, hardlink))
            is_movable = self.exchange and self.exchange.is_movable(stage)
            inputs = self.exchange.push_inputs(stage) if self.exchange and is_movable else None
        commands = [_make_cmd(get_executable(), command) for command in _enforce_cmd_list(stage.cmd)]
        file = _file_name(self.name(stage))
        return job.Job(
            self.name(stage),
            tuple(tuple(command) for command in commands),
            given["cwd"],
            given["env"],
            outputs=tuple(out.fs_path for out in stage.outs if out.protocol == "local" and not out.persist),
            log=folder / "logs" / f"{file}.log",
            lock=folder / "locks" / f"{file}.lock",
            inputs=inputs,
        )

    def release(self, stage: Stage) -> None:
        """Lets other DVCs have what a stage has read and written: its command has ended."""
        if held := self._held.pop(stage, None):
            held.close()

    def record(self, stage: Stage, *, fetched: bool = False) -> None:
        """Takes over what the command of a stage has written.

        Args:
            stage: Whose command has ended well.
            fetched: Whether it ran in a clone, so that its result is to be fetched.

        Raises:
            StageError: It has not written all, or what it reads was edited while it ran.
        """
        with _stage_errors():
            stage.save_deps()
            before = self._inputs.pop(stage)
            edited = [str(dep) for dep, info in zip(stage.deps, before, strict=True) if dep.hash_info != info]
            if edited:  # DVC would record the result under what it was not made from
                raise StageError(f"{', '.join(edited)} changed while it ran, so its result is not recorded")
            if fetched:
                _forget_outputs(stage)
            if fetched and not (self.exchange and self.exchange.restore(stage)):
                raise StageError("its result is not in DVC's remote")
            self._save(stage)

    def _save(self, stage: Stage) -> None:
        # as `Stage.run` has it
        uncached = any(not out.use_cache for out in stage.outs if not (out.is_metric or out.is_plot))
        stage.save(run_cache=not uncached)
        stage.commit()
        self._keep(stage)

    def _keep(self, stage: Stage) -> None:
        from dvc.stage import PipelineStage

        if not isinstance(stage, PipelineStage):
            stage.dump(update_pipeline=False)  # into a file of its own
            return
        self._recorded.append(stage)
        if time.monotonic() - self._written > _BATCH:
            self.write()

    @contextmanager
    def released(self) -> Iterator[None]:
        """Writes what was recorded, and lets other DVCs work in the block, as `dvc repro` does while a command runs."""
        self.write()
        self._repo.lock.unlock()
        self._repo._reset()
        try:
            yield
        finally:
            self._repo.lock.lock()

    def write(self) -> None:
        """Writes what was recorded since the last time into dvc.lock."""
        by_file: dict[str, list[Stage]] = {}
        for stage in self._recorded:
            by_file.setdefault(stage.path, []).append(stage)
        self._recorded, self._written = [], time.monotonic()
        for path, stages in by_file.items():
            if path not in self._files:
                self._files[path] = results_file.ResultsFile(Path(path).with_suffix(".lock"))
            file = self._files[path]
            if file.add(stages, self._places):
                self._repo.scm_context.track_file(str(file.path))


def outputs(repo: Any) -> list[str]:
    """The paths, from its root, of what DVC keeps for a repository.

    Raises:
        UserError: DVC cannot read the pipeline.
    """
    from dvc.exceptions import DvcException

    try:
        kept = [out.fs_path for out in repo.index.outs if out.use_cache and out.is_in_repo]
    except DvcException as error:
        raise _refused(error) from None
    return [Path(path).relative_to(repo.root_dir).as_posix() for path in kept]


def _file_name(stage: str) -> str:
    """A name of a file for that of a stage: with percent signs as in a web address, but letters of all languages."""
    name = re.sub(r"[^\w@.-]", lambda match: f"%{ord(match[0]):02x}", stage)
    if len(name.encode()) <= _LONG:
        return name
    begin = name.encode()[: _LONG - 41].decode(errors="ignore")
    return f"{begin}.{hashlib.sha1(stage.encode(), usedforsecurity=False).hexdigest()}"


def _mend(repo: Any) -> None:
    """Removes what stops every DVC where one was killed.

    DVC's lock must be held: under it alone is that written.
    """
    in_use = Path(repo.tmp_dir, dvc_leftovers.IN_USE)
    if not dvc_leftovers.is_whole(in_use):
        in_use.unlink()
    for folder in dvc_leftovers.empty_entries(Path(repo.stage_cache.cache_dir)):
        with suppress(OSError):  # of a cache that others share: one has just written the entry
            folder.rmdir()


def _forget_outputs(stage: Stage) -> None:
    """Lets go what dvc.lock has of the outputs: DVC, asked again, would take it for the result of the new inputs."""
    from dvc_data.hashfile.hash_info import HashInfo

    for out in stage.outs:
        out.hash_info = HashInfo()


@contextmanager
def _stage_errors() -> Iterator[None]:
    """Makes a `StageError` of whatever keeps DVC from a stage: the libraries behind its paths have errors of their own.

    Raises:
        OSError: The system refuses what all stages need: room on the disk, say.
    """
    from dvc.exceptions import DvcException

    try:
        yield
    except StageError:
        raise
    except (DvcException, ExchangeError) as error:
        raise StageError(" ".join(str(error).split())) from error
    except Exception as error:
        if refusals.find_number(error) in _OF_ALL:
            raise
        reason = refusals.explain(error) or f"{type(error).__name__}: {error}"
        raise StageError(" ".join(reason.split())) from error
    finally:
        linear.forget_trees()  # each part is done with what it has hashed


def _refused(error: Exception) -> UserError:
    return UserError(
        f"Expected a pipeline that DVC can read, received: {' '.join(str(error).split())}; see `dvc status`."
    )


@contextmanager
def _warnings_alone() -> Iterator[None]:
    """Lets DVC's lines on each stage be: the watcher says it."""
    logger = logging.getLogger("dvc")
    before = logger.level
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(before)
