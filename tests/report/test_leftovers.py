from types import SimpleNamespace

from cnnbench.report import leftovers

KNOBS = SimpleNamespace(runs={"a-x"}, datasets={"a"}, features={"a-all"}, tests={"a-x-on-b"}, corruptions={"a-x"})


def test_what_params_no_longer_names_is_moved_away_and_the_rest_is_not(tmp_path):
    runs, splits, out = tmp_path / "reports/runs", tmp_path / "data/splits", tmp_path / "reports"
    for run in ("a-x", "b-x"):
        (runs / run).mkdir(parents=True)
        (runs / run / "run.json").write_text(run)
    splits.mkdir(parents=True)
    for name in ("a.parquet", "a.leakage.json", "b.parquet", "b.leakage.json", ".gitignore"):
        (splits / name).write_text(name)
    lines = leftovers.move_away(out, splits, KNOBS)
    assert lines[0] == (f"{runs}/b-x is no part of params.yaml any more: moved to {out}/removed/runs/b-x")
    assert len(lines) == 3
    assert [path.name for path in runs.iterdir()] == ["a-x"]
    assert {path.name for path in splits.iterdir()} == {"a.parquet", "a.leakage.json", ".gitignore"}
    assert (out / "removed/runs/b-x/run.json").read_text() == "b-x"
    assert (out / "removed/splits/b.leakage.json").read_text() == "b.leakage.json"
    assert leftovers.move_away(out, splits, KNOBS) == []


def test_a_run_that_leaves_twice_replaces_what_was_moved_before(tmp_path):
    runs, out = tmp_path / "reports/runs", tmp_path / "reports"
    for content in ("first", "second"):
        (runs / "b-x").mkdir(parents=True)
        (runs / "b-x/run.json").write_text(content)
        leftovers.move_away(out, tmp_path / "data/splits", KNOBS)
        assert (out / "removed/runs/b-x/run.json").read_text() == content


def test_baselines_of_data_sets_and_of_features_that_left_are_moved_too(tmp_path):
    tests = ("tests/a-x-on-b", "tests/gone", "corruptions/a-x", "corruptions/gone")
    for folder in ("baselines/a", "baselines/b", "probes/a-all", "probes/b-all", *tests):
        (tmp_path / folder / "majority").mkdir(parents=True)
    leftovers.move_away(tmp_path, tmp_path / "splits", KNOBS)
    kept = {path.relative_to(tmp_path).as_posix() for path in tmp_path.glob("*/*")}
    folders = ("baselines", "probes", "tests", "corruptions")
    assert kept == {"baselines/a", "probes/a-all", tests[0], tests[2], *(f"removed/{folder}" for folder in folders)}
