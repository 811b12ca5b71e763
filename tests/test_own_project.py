"""A project of one's own from the installed package to the end: `cnnbench init`, `dvc repro`, an edit, an upgrade."""

import json
import re

from own_project import Project, draw, install


def test_a_project_is_written_run_edited_and_upgraded(tmp_path):
    install(tmp_path / "site")
    draw(tmp_path / "images/toy")
    project = Project(tmp_path / "study", tmp_path / "site")
    written = project.cnnbench("init", "--images", "../images/toy", "--size", "16")
    assert "48 images (disc 24, square 24): toy-small_cnn and toy-plain_cnn in ." in written
    project.edit("params.yaml", "epochs: 5", "epochs: 1")
    project.run("git", "add", ".")
    project.run("git", "commit", "--quiet", "--message", "start")
    runs = ["small_cnn", "plain_cnn"]
    stages = [f"{stage}@toy" for stage in ("download", "split", "cache", "baselines")]
    stages += [f"{stage}@toy-{run}" for run in runs for stage in ("train", "evaluate")]
    assert sorted(project.repro()) == sorted(["settings", *stages, "report"])
    assert set(json.loads((project.folder / "reports/metrics.json").read_text())) == {f"toy-{run}" for run in runs}
    assert re.search("of 2 thresholds met.*, none of 1 split leaks", project.cnnbench("check", code=None))
    assert "2 runs: 2 done." in project.cnnbench("runs")
    assert project.repro() == ["settings"], "nothing has changed"

    # an edit of the project's network, and a package in which one room is another: each runs what depends on it
    project.edit("networks/small_cnn.py", "(16, 32)", "(16, 24)")
    assert "2 runs: 1 done, 1 changed." in project.cnnbench("runs")
    assert "modified:           networks" in project.run("dvc", "status", "settings")
    baselines = tmp_path / "site/cnnbench/baselines/pixels.py"
    baselines.write_text(baselines.read_text() + "# of another version\n")
    ran = ["settings", "train@toy-small_cnn", "evaluate@toy-small_cnn", "baselines@toy", "report"]
    assert sorted(project.repro()) == sorted(ran)

    # another pipeline has to be written anew
    pipeline = tmp_path / "site/cnnbench/repository/dvc.yaml"
    pipeline.write_text(
        pipeline.read_text().replace(
            "        - stages/train.py\n", "        - stages/train.py\n        - data/splits\n"
        )
    )
    refused = project.run("sh", "stages/run", "settings", code=2)
    assert "Expected data/splits under deps of the stage train in dvc.yaml" in refused
    assert "`cnnbench init --update` writes it anew" in refused
    project.cnnbench("init", "--update")
    project.run("sh", "stages/run", "settings")
