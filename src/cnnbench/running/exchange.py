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

from cnnbench.core import files
from cnnbench.running.job import Input
from cnnbench.running.snapshot import is_secret

Stage = Any  # DVC's


class ExchangeError(Exception):
    """The remote does not answer, refuses, or lacks what should be there."""


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
        from dvc.stage.cache import _can_hash

        return bool(
            (stage.meta or {}).get("clone") != "never"
            and _can_hash(stage)
            and all(out.use_cache or out.is_metric or out.is_plot for out in stage.outs)
            and all(dep.is_in_repo for dep in stage.deps)
        )

    def push_inputs(self, stage: Stage) -> tuple[Input, ...]:
        """Pushes what a stage reads and clones have not; what is there is left alone.

        Raises:
            ExchangeError: The remote does not take it.
        """
        return tuple(self._push_input(dep) for dep in stage.deps if dep.hash_info.name != "params")

    def _push_input(self, dep: Any) -> Input:
        from dvc_data.hashfile.build import build

        path = Path(dep.fs_path).relative_to(self._repo.root_dir).as_posix()
        if self._known is None:
            return Input(path, dep.hash_name, dep.hash_info.value, travels=False)
        staged, _, content = build(
            self._repo.cache.local, dep.fs_path, dep.fs, dep.hash_name, ignore=dep.dvcignore, checksum_jobs=1
        )
        names = [f"{path}/{'/'.join(key)}" for key, _, _ in content] if content.hash_info.isdir else [path]
        unknown = [name for name in names if name not in self._known]
        if secret := next(filter(is_secret, unknown), None):
            raise ExchangeError(f"it reads {secret}, which looks like a secret: name it in .dvcignore, or commit it")
        if unknown:
            self._transfer(staged, self._objects(dep.hash_name), [content.hash_info], trees=staged)
        return Input(path, dep.hash_name, str(content.hash_info.value), travels=bool(unknown))

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
            with _errors(f"{one.path} from the remote"):
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
        with _errors(f"the result of {stage.addressing} to the remote"):
            for entry in sorted(here.iterdir()):
                path = self._remote.fs.join(there, entry.name)
                if not self._remote.fs.exists(path):
                    self._remote.fs.put_file(str(entry), path)

    def restore(self, stage: Stage) -> bool:
        """Restores what some machine wrote for the inputs that a stage has now; returns whether the remote had it.

        Raises:
            ExchangeError: The remote does not answer.
        """
        from dvc.stage.cache import RunCacheNotFoundError

        here, there = self._entries(stage)
        with _errors(f"the result of {stage.addressing} from the remote"):
            fs = self._remote.fs
            if hasattr(fs.fs, "invalidate_cache"):
                fs.fs.invalidate_cache()  # S3's client remembers what was not there
            for path in sorted(fs.find(there)) if fs.exists(there) else ():
                if not (here / fs.name(path)).exists():
                    with files.aside(here / fs.name(path)) as part:
                        fs.get_file(path, str(part))
            with _no_word_on_missing():
                try:
                    self._repo.stage_cache.restore(stage, pull=True)
                except RunCacheNotFoundError:
                    return False
        return True

    def put(self, name: str, file: Path) -> None:
        """Puts a file beside the objects, unless there is one of that name.

        Raises:
            ExchangeError: The remote does not take it.
        """
        path = self._remote.fs.join(self._remote.path, "cnnbench", name)
        with _errors("the snapshot to the remote"):
            if not self._remote.fs.exists(path):
                self._remote.fs.put_file(str(file), path)

    @cached_property
    def _remote(self) -> Any:
        return self._repo.cloud.get_remote()

    def _objects(self, algorithm: str) -> Any:
        return self._remote.odb if algorithm == "md5" else self._remote.legacy_odb

    def _entries(self, stage: Stage) -> tuple[Path, str]:
        """The folder of a stage's entries in the run cache, here and in the remote."""
        from dvc.stage.cache import _get_stage_hash

        key = _get_stage_hash(stage)
        return Path(self._repo.stage_cache._get_cache_dir(key)), self._remote.fs.join(
            self._remote.path, "runs", key[:2], key
        )

    def _transfer(
        self, source: Any, target: Any, infos: Sequence[Any], trees: Any = None, *, shallow: bool = False
    ) -> None:
        from dvc_data.hashfile.transfer import transfer

        with _errors("objects by the remote"):
            result = transfer(source, target, infos, shallow=shallow, cache_odb=trees)
        if result.failed:
            raise ExchangeError(f"{len(result.failed)} objects did not pass by the remote")


@contextmanager
def _no_word_on_missing() -> Iterator[None]:
    """Keeps DVC from warnings on what neither side has: it is asked whether they have it."""
    logger = logging.getLogger("dvc.data_cloud")
    logger.disabled = True
    try:
        yield
    finally:
        logger.disabled = False


@contextmanager
def _errors(what: str) -> Iterator[None]:
    """Whatever a remote's library raises: each cloud has its own."""
    try:
        yield
    except ExchangeError:
        raise
    except Exception as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise ExchangeError(f"cannot pass {what}: {reason}") from error
