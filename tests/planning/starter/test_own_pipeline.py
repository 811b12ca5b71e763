"""The pipeline of a project is the repository's, with its code in data/code: one cannot drift from the other."""

import json

import pytest
from ruamel.yaml import YAML
from toys import ROOT, refused

from cnnbench.planning.starter import own_pipeline

SHIPPED = (ROOT / "dvc.yaml").read_text()


def read(text):
    return YAML(typ="safe").load(text)


def test_it_is_that_of_the_repository_but_for_where_the_code_lies():
    made = own_pipeline.make(SHIPPED)
    assert "src/cnnbench" not in made
    expected = json.dumps(read(SHIPPED)).replace('"src/cnnbench/', '"data/code/cnnbench/')
    for script in ROOT.glob("stages/*.py"):
        expected = expected.replace(f'"stages/{script.name}"', f'"data/code/cnnbench/repository/stages/{script.name}"')
    expected = json.loads(expected)
    settings = expected["stages"]["settings"]
    settings |= {
        "always_changed": True,
        "deps": [*settings["deps"], "networks"],
        "outs": [{"data/code": {"persist": True}}, *settings["outs"]],
    }
    assert read(made) == expected


def test_each_code_that_it_depends_on_is_there():
    home = {"data/code/cnnbench/repository/stages/": ROOT / "stages", "data/code/cnnbench/": ROOT / "src/cnnbench"}
    for name, stage in read(own_pipeline.make(SHIPPED))["stages"].items():
        for dep in stage.get("do", stage)["deps"]:
            prefix = next((prefix for prefix in home if dep.startswith(prefix)), None)
            assert prefix is None or "${item" in dep or (home[prefix] / dep.removeprefix(prefix)).exists(), (name, dep)


def test_a_pipeline_with_more_in_it_passes(tmp_path):
    made = read(own_pipeline.make(SHIPPED))
    made["stages"]["train"]["do"]["deps"].append("extra.txt")
    made["stages"]["more"] = {"cmd": "true"}
    YAML().dump(made, tmp_path / "dvc.yaml")
    own_pipeline.check(tmp_path / "dvc.yaml")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda stages: stages.pop("report"), "Expected a stage report in .*dvc.yaml"),
        (lambda stages: stages["report"].update(cmd="true"), "Expected a stage report in"),
        (lambda stages: stages["train"]["do"]["deps"].pop(0), "under deps of the stage train in"),
        (lambda stages: stages["train"]["do"]["params"].pop(), "Expected split under params of the stage train in"),
        (lambda stages: stages["settings"]["outs"].pop(0), "Expected data/code under outs of the stage settings in"),
    ],
)
def test_one_that_lacks_what_the_package_needs_is_refused(tmp_path, change, message):
    made = read(own_pipeline.make(SHIPPED))
    change(made["stages"])
    YAML().dump(made, tmp_path / "dvc.yaml")
    with refused(f"{message}.*`cnnbench init --update` writes it anew"):
        own_pipeline.check(tmp_path / "dvc.yaml")


@pytest.mark.parametrize("text", ["a: [", "", "- a\n", "stages: 3\n", "stages: {train: 3}\n"])
def test_what_is_no_pipeline_is_refused(tmp_path, text):
    (tmp_path / "dvc.yaml").write_text(text)
    with refused():
        own_pipeline.check(tmp_path / "dvc.yaml")
