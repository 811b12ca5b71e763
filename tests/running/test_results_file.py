"""dvc.lock in batches, against DVC's own writing of one stage after another."""

import itertools

import pytest
from dvc.repo import Repo, lock_repo
from ruamel.yaml import YAML

from cnnbench.running import results_file

pytestmark = pytest.mark.filterwarnings("ignore")  # DVC's own
VALUES = {
    "plain": {"a": 1, "b": [1, 2.5, None, True], "c": {"d": "x", "e": {}}, "f": []},
    "numbers": {"small": 1e-05, "large": 1e30, "int": 10**20, "text": "1e-05", "octal": "010", "yes": "yes"},
    "text": {"long": "word " * 60, "lines": "one\ntwo\n\nthree\n", "quote": 'it\'s "so"', "empty": "", "space": " x "},
    "signs": {"hash": "a #b", "colon": "a: b", "star": "*a", "and": "&a", "dash": "- a", "tab": "a\tb", "percent": "%"},
    "letters": {"é": "ß", "名": "字", "emoji": "\N{SNOWMAN}", "x" * 90: "long key"},
    "null": None,
    "date": "2020-01-01",
}


@pytest.fixture
def stages(toy):
    """Stages with all sorts of parameters, after they ran; in the order of the plan."""
    with (toy.folder / "params.yaml").open("w") as file:
        yaml = YAML()
        yaml.allow_unicode = True
        yaml.dump({"values": VALUES, "works": {}}, file)
    script = {
        name: {
            "cmd": f"echo {name} > {name}.out",
            "deps": ["stage.sh"],
            "params": [f"values.{name}"],
            "outs": [f"{name}.out"],
        }
        for name in VALUES
    }
    script["y" * 150] = {"cmd": ["echo 1 > 'y # y'", "echo 2 >> 'y # y'"], "outs": ["y # y"]}
    script["z"] = {"cmd": "echo z\necho  z > z.out", "deps": ["stage.sh"], "outs": ["z.out"]}
    with (toy.folder / "dvc.yaml").open("w") as file:
        YAML().dump({"stages": script}, file)
    toy.dvc("repro")
    with Repo() as repo, lock_repo(repo):
        order = list(toy_order(toy))
        yield [next(stage for stage in repo.index.stages if stage.name == name) for name in order]


def toy_order(toy):
    return YAML(typ="safe").load(toy.lock())["stages"]


@pytest.mark.parametrize("ours", [True, False])
def test_the_bytes_are_those_of_dvc_whatever_the_batches(toy, stages, tmp_path, ours):
    """Also where an entry has what leaves the whole file to DVC."""
    left_to_dvc = ("signs", "y" * 150)
    if ours:
        (toy.folder / "dvc.lock").unlink()
        stages = [stage for stage in stages if stage.name not in left_to_dvc]
        for stage in stages:
            stage.dump(update_pipeline=False)
        assert results_file.merge(toy.lock(), [], {}) == toy.lock()
    else:
        assert results_file.merge(toy.lock(), [], {}) is None
    serial = toy.lock()
    places = {stage: place for place, stage in enumerate(stages)}
    for size, backwards in itertools.product((1, 3, len(stages)), (False, True)):
        path = tmp_path / "dvc.lock"
        path.unlink(missing_ok=True)
        file = results_file.ResultsFile(path)
        ended = stages[::-1] if backwards else stages
        for start in range(0, len(ended), size):
            assert file.add(ended[start : start + size], places)
        assert path.read_text() == serial
        assert not file.add(ended[:2], places)


@pytest.mark.parametrize("edit", ["# a comment\n{}", "{}datasets: []\n", "{}\n"])
def test_a_file_that_dvc_has_not_written_so_is_left_to_dvc(toy, stages, edit):
    """Entries that were there keep their place, new ones follow in the order of the plan."""
    path = toy.folder / "dvc.lock"
    whole = toy_order(toy)
    known = [stage for stage in stages if stage.name in ("text", "z")]
    path.unlink()
    places = {stage: place for place, stage in enumerate(stages)}
    results_file.ResultsFile(path).add(known, places)
    path.write_text(edit.format(path.read_text()))
    file = results_file.ResultsFile(path)
    for stage in stages[::-1]:
        file.add([stage], places)
    names = list(toy_order(toy))
    rest = [stage.name for stage in stages if stage.name not in ("text", "z")]
    assert names == ["text", "z", *rest]
    assert toy_order(toy) == whole
