"""What machines without a shared file system pass to each other through a DVC remote: inputs and results of stages.

Results go as entries of DVC's run cache with the objects they name, as `dvc push --run-cache` writes them: whoever has
the same inputs finds them, a colleague's `dvc pull --run-cache` too. Only what is missing over there travels.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

from cnnbench.running.checkpoint_copies import CheckpointCopies
from cnnbench.running.job import Input
from cnnbench.running.remote_files import FOLDER, ExchangeError, RemoteFiles, errors
from cnnbench.running.snapshot import is_secret

Stage = Any  # DVC's


class Exchange:
    """A remote, as one repository sees it.

    Args:
        repo: DVC's.
        known: Files that clones have without the remote: those of the snapshot. None in a clone itself.
    """

    def __init__(self, repo: Any, known: Collection[str] | None = None) -> None:
        self._repo, self._known = repo, known

    def is_movable(self, stage: Stage) -> bool:
        """Whether a clone could run a stage, and its result come back by the run cache."""
        return bool(
            (stage.meta or {}).get("clone") != "never"
            and _has_entries(stage)
            and all(out.use_cache or out.is_metric or out.is_plot for out in stage.outs)
            and all(dep.is_in_repo and self._has(dep) for dep in stage.deps)
        )

    def _has(self, dep: Any) -> bool:
        """Whether a clone can have it: values of a file of parameters travel with the snapshot alone."""
        if self._known is None or dep.hash_info.name != "params":
            return True
        return dep.fs_path not in self._outputs and self._path(dep) in self._known

    @cached_property
    def _outputs(self) -> set[str]:
        return {out.fs_path for out in self._repo.index.outs}

    def _path(self, dep: Any) -> str:
        return Path(dep.fs_path).relative_to(self._repo.root_dir).as_posix()

    def push_inputs(self, stage: Stage) -> tuple[Input, ...]:
        """Pushes what a stage reads and clones have not; what is there is left alone.

        Raises:
            ExchangeError: The remote does not take it.
        """
        return tuple(self._push_input(dep) for dep in stage.deps if dep.hash_info.name != "params")

    def _push_input(self, dep: Any) -> Input:
        from dvc_data.hashfile.build import build

        path = self._path(dep)
        if self._known is None:
            return Input(path, dep.hash_name, dep.hash_info.value, travels=False)
        staged, _, content = build(
            self._repo.cache.local, dep.fs_path, dep.fs, dep.hash_name, ignore=dep.dvcignore, checksum_jobs=1
        )
        names = [f"{path}/{'/'.join(key)}" for key, _, _ in content] if content.hash_info.isdir else [path]
        unknown = [name for name in names if name not in self._known]
        if secret := next(filter(is_secret, unknown), None):
            raise ExchangeError(f"it reads {secret}, which looks like a secret: name it in .dvcignore, or commit it")
        travels = bool(unknown) or not names  # git keeps no empty folder
        if travels:
            self._transfer(staged, self._objects(dep.hash_name), [content.hash_info], trees=staged)
        return Input(path, dep.hash_name, str(content.hash_info.value), travels=travels)

    def fetch_inputs(self, inputs: Sequence[Input]) -> None:
        """Puts what `push_inputs` has pushed into the work tree.

        Raises:
            ExchangeError: It is not there.
        """
        from dvc_data.hashfile import load
        from dvc_data.hashfile.checkout import checkout
        from dvc_data.hashfile.hash_info import HashInfo

        cache = self._repo.cache.local
        for one in inputs:
            if not one.travels:
                continue
            info = HashInfo(one.algorithm, one.hash)
            with errors(f"{one.path} from the remote"):
                if info.isdir:  # the list of its files first, which says what is missing
                    self._transfer(self._objects(one.algorithm), cache, [info], shallow=True)
                self._transfer(self._objects(one.algorithm), cache, [info], trees=cache)
                path = self._repo.fs.join(self._repo.root_dir, one.path)
                Path(path).parent.mkdir(parents=True, exist_ok=True)
                checkout(
                    path,
                    self._repo.fs,
                    load(cache, info),
                    cache,
                    force=True,
                    ignore=self._repo.dvcignore,
                    state=self._repo.state,
                )

    def push_result(self, stage: Stage) -> None:
        """Pushes what a stage has written, and then the entry by which others find it.

        Raises:
            ExchangeError: The remote does not take it.
        """
        infos = [out.hash_info for out in stage.outs]
        for name in {info.name for info in infos}:
            cache = self._repo.cache.local
            self._transfer(cache, self._objects(name), [one for one in infos if one.name == name], trees=cache)
        here, there = self._entries(stage)
        with errors(f"the result of {stage.addressing} to the remote"):
            for entry in sorted(here.iterdir()):
                self._put(entry, self._files.join(there, entry.name))
        self.remove_checkpoints(stage)

    def restore(self, stage: Stage) -> bool:
        """Restores what some machine wrote for the inputs that a stage has now; returns whether the remote had it.

        Raises:
            ExchangeError: The remote does not answer.
        """
        from dvc.stage.cache import RunCacheNotFoundError

        if not _has_entries(stage):
            return False
        here, there = self._entries(stage)
        with errors(f"the result of {stage.addressing} from the remote"):
            for path in self._files.find(there):
                entry = here / self._files.name(path)
                if not entry.exists():
                    self._files.get(path, entry)
            with _no_word_on_missing():
                try:
                    self._repo.stage_cache.restore(stage, pull=True)
                except RunCacheNotFoundError:
                    return False
        self.remove_checkpoints(stage)  # of a machine that was lost after it had pushed this
        return True

    def put(self, name: str, file: Path) -> None:
        """Puts a file beside the objects, unless there is one of that name.

        Raises:
            ExchangeError: The remote does not take it.
        """
        with errors("the snapshot to the remote"):
            self._put(file, self._files.path(FOLDER, name))

    def checkpoints(self, stage: Stage) -> CheckpointCopies | None:
        """The copies of a stage's checkpoints; None where its `meta` names no folder in which it keeps them."""
        from dvc.stage.cache import _get_stage_hash

        folder = (stage.meta or {}).get("checkpoints")
        place = Path(self._repo.root_dir, folder or "")
        return CheckpointCopies(self._files, _get_stage_hash(stage), place) if folder else None

    def remove_checkpoints(self, stage: Stage) -> None:
        """Removes the copies of a stage's checkpoints, if there are any."""
        if copies := self.checkpoints(stage):
            copies.remove()

    def _put(self, file: Path, path: str) -> None:
        if not self._files.exists(path):
            self._files.put(file, path)

    @cached_property
    def _remote(self) -> Any:
        return self._repo.cloud.get_remote()

    @cached_property
    def _files(self) -> RemoteFiles:
        return RemoteFiles(self._remote)

    def _objects(self, algorithm: str) -> Any:
        return self._remote.odb if algorithm == "md5" else self._remote.legacy_odb

    def _entries(self, stage: Stage) -> tuple[Path, str]:
        """The folder of a stage's entries in the run cache, here and in the remote."""
        from dvc.stage.cache import _get_stage_hash

        key = _get_stage_hash(stage)
        return Path(self._repo.stage_cache._get_cache_dir(key)), self._files.path("runs", key[:2], key)

    def _transfer(
        self, source: Any, target: Any, infos: Sequence[Any], trees: Any = None, *, shallow: bool = False
    ) -> None:
        from dvc_data.hashfile.transfer import transfer

        with errors("objects by the remote"):
            result = transfer(source, target, infos, shallow=shallow, cache_odb=trees)
        if result.failed:
            raise ExchangeError(f"{len(result.failed)} objects did not pass by the remote")


def _has_entries(stage: Stage) -> bool:
    """Whether DVC's run cache takes it: not where it always runs, reads or writes nothing, or keeps outputs."""
    from dvc.stage.cache import _can_hash

    return bool(_can_hash(stage))


@contextmanager
def _no_word_on_missing() -> Iterator[None]:
    """Keeps DVC from warnings on what neither side has: it is asked whether they have it."""
    logger = logging.getLogger("dvc.data_cloud")
    logger.disabled = True
    try:
        yield
    finally:
        logger.disabled = False
