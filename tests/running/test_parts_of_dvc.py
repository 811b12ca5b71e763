"""What is copied of DVC's inside: another version may do otherwise."""

import contextlib
import hashlib
import inspect

import dvc
import pytest
from dvc.dependency import param
from dvc.dvcfile import Lockfile
from dvc.repo import lock_repo, reproduce
from dvc.stage import Stage, cache, decorators, run
from dvc.stage.cache import StageCache
from dvc_objects.fs import MemoryFileSystem

from cnnbench.running import linear
from cnnbench.running.pipeline import Pipeline

pytestmark = pytest.mark.filterwarnings("ignore")  # DVC's own
PARTS = {
    Stage.reproduce: "a4fd0ff8",
    Stage.run: "d0e55278",
    Stage.save: "277cc65d",
    StageCache.restore: "c7e43f44",
    StageCache._load: "387d30ed",
    StageCache.transfer: "b17b3e5a",
    cache._can_hash: "5fbce5b4",
    cache._get_stage_hash: "72e8460c",
    Lockfile.dump_stages: "be78a3c7",
    reproduce._reproduce_stage: "32cb1baa",
    reproduce.plan_repro: "3b40949c",
    reproduce.reproduce.__wrapped__: "290e8114",
    run.run_stage: "d4b66f27",
    run.cmd_run: "d2696e63",
    run._run: "4ee9956e",
    decorators.unlocked_repo: "48479e14",
    lock_repo.__wrapped__: "77da8142",
    param.read_param_file: "710593e1",
}


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.__qualname__)
def test_dvc_has_the_parts_that_pipeline_follows(part):
    found = hashlib.sha256(inspect.getsource(part).encode()).hexdigest()[:8]
    assert found == PARTS[part], (
        f"DVC {dvc.__version__} has another {part.__module__}.{part.__qualname__}: compare it with "
        f"src/cnnbench/running/pipeline.py and exchange.py, which do its work in parts, then write {found} here"
    )


def test_parameters_are_read_once_for_each_content(toy, monkeypatch):
    toy.dvc("repro")
    calls = []
    load = param.load_path
    monkeypatch.setattr(param, "load_path", lambda *given, **options: calls.append(given) or load(*given, **options))
    dpath = param.dpath
    with Pipeline() as pipeline:
        plan = pipeline.plan()
        assert not any(pipeline.is_changed(stage) for stage in plan)
        assert len(calls) == 1
        toy.params(w0={"from": "a", "n": 5}, w1={"from": "b", "n": 1})
        changed = [pipeline.name(stage) for stage in plan if pipeline.is_changed(stage)]
        assert changed == ["work@w0", "work@w2", "work@w3"]
        assert len(calls) == 2
        assert len(MemoryFileSystem().fs.store) <= 1, "each folder that was hashed stays in memory"
        assert param.dpath is not dpath
    assert param.dpath is dpath
    assert param.load_path is not load
    monkeypatch.undo()
    assert param.load_path is load


@pytest.mark.parametrize(
    "key", ["a", "a.b", "a.b.c", "a.*", "l.1", "l.1.x", "n.1", "none", "none.x", "a.nosuch", "a..b"]
)
def test_a_key_is_looked_up_as_dvc_does(key):
    values = {"a": {"b": {"c": 1}}, "l": [1, {"x": 2}], "n": {1: "one"}, "none": None}
    ends = []
    for context in (contextlib.nullcontext(), linear.params_read_once()):
        with context:
            try:
                ends.append(param.dpath.get(values, key, separator="."))
            except (KeyError, ValueError) as error:
                ends.append(type(error))
    assert ends[0] == ends[1]
