"""Side by side against one after another: dvc.lock, git's index and the run cache must be the same."""

import errno
import fcntl
import os
import re
import shutil

import pytest

from cnnbench.core.errors import UserError
from cnnbench.running import execution

pytestmark = pytest.mark.filterwarnings("ignore")  # DVC's own


def check_like_serial(toy, serial):
    """Runs both, and compares what is left."""
    serial.dvc("repro")
    states = toy.bench()
    assert toy.lock() == serial.lock()
    assert sorted(toy.ran()) == sorted(serial.ran())
    assert toy.git("status", "--porcelain") == serial.git("status", "--porcelain")
    assert toy.git("diff", "--cached") == serial.git("diff", "--cached")
    assert toy.stale() == {}
    toy.dvc("repro")
    assert toy.ran() == []
    return states


def test_the_first_time(toy, tmp_path):
    states = check_like_serial(toy, toy.copy(tmp_path / "serial"))
    assert set(states.values()) == {"ran"}
    assert set(toy.bench().values()) == {"unchanged"}
    assert len({toy.notes.slots.get(name) for name in states}) <= 3


def test_stages_that_changed_came_and_went(toy, tmp_path):
    toy.dvc("repro")
    toy.ran()
    # w1 has gone, w3 has another value, w9 and w0a are new
    toy.params(w9={"from": "b", "n": 9}, w0={"from": "a", "n": 0}, w0a={"from": "a", "n": 7}, w3={"from": "b", "n": 33})
    states = check_like_serial(toy, toy.copy(tmp_path / "serial"))
    assert states["work@w0"] == "unchanged"
    assert {name for name, state in states.items() if state == "ran"} == {
        "work@w9",
        "work@w0a",
        "work@w3",
        "report",
    }


def test_outputs_that_are_gone_or_damaged(toy, tmp_path):
    toy.dvc("repro")
    toy.ran()
    (toy.folder / "work-w0.txt").unlink()
    (toy.folder / "sums/w2.txt").unlink()
    (toy.folder / "sums/w2.txt").write_text("9\n")
    states = check_like_serial(toy, toy.copy(tmp_path / "serial"))
    assert states["work@w0"] == states["work@w2"] == "restored"


def test_some_targets(toy, tmp_path):
    serial = toy.copy(tmp_path / "serial")
    serial.dvc("repro", "work@w2", "prepare")
    toy.bench("work@w2", "prepare")
    # DVC's own order of several targets differs from process to process; ours is that of the whole plan
    assert sorted(toy.lock().splitlines()) == sorted(serial.lock().splitlines())
    assert re.findall(r"^  (\S.*):$", toy.lock(), re.MULTILINE) == ["first", "prepare@a", "prepare@b", "work@w2"]
    with pytest.raises(UserError, match="nosuch"):
        toy.bench("nosuch")


def test_the_run_cache_serves_a_clone(toy, tmp_path):
    toy.bench()
    toy.ran()
    for run in (lambda clone: clone.dvc("repro"), lambda clone: clone.bench()):
        folder = tmp_path / "clone"
        toy.git("clone", "--quiet", ".", str(folder))
        shutil.copytree(toy.folder / ".dvc/cache", folder / ".dvc/cache")
        clone = type(toy)(folder)
        run(clone)
        assert clone.ran() == []
        assert clone.lock() == toy.lock()
        shutil.rmtree(folder)


def test_a_stage_that_fails_stops_only_what_hangs_on_it(toy, tmp_path):
    toy.do("prepare@a", "exit 3")
    serial = toy.copy(tmp_path / "serial")
    serial.dvc("repro", "--keep-going", code=255)
    states = toy.bench()
    assert {name for name, state in states.items() if state != "ran"} == {"prepare@a", "work@w0", "work@w2", "report"}
    assert toy.ended["prepare@a"].reason == "exit code 3"
    assert toy.ended["work@w0"].reason == toy.ended["report"].reason == "prepare@a"
    assert toy.notes.again == [], "it would fail again"
    assert toy.lock() == serial.lock()
    assert toy.git("status", "--porcelain") == serial.git("status", "--porcelain")
    toy.ran()
    serial.ran()
    for one in (toy, serial):
        (one.folder / "do/prepare@a").unlink()
    check_like_serial(toy, serial)
    assert {name for name, one in toy.ended.items() if one.state == "ran"} == {
        "prepare@a",
        "work@w0",
        "work@w2",
        "report",
    }


def test_a_stage_without_its_output_and_one_without_its_input_fail(toy):
    toy.do("work@w0", "cd ..; mkdir -p elsewhere; cd toy; rm -f work-w0.txt; kill -TERM $$")
    (toy.folder / "stage.sh").write_text(toy.folder.joinpath("stage.sh").read_text() + "rm -f prepare-b.txt\n")
    states = toy.bench()
    assert states["prepare@b"] == "failed"
    assert "prepare-b.txt" in toy.ended["prepare@b"].reason


def test_what_the_system_refuses_one_stage_stops_no_other(toy):
    """DVC itself fails there by errors of Python, and of the libraries that read from elsewhere."""
    (toy.folder / "loop").symlink_to("loop")
    with (toy.folder / "dvc.yaml").open("a") as file:
        for name in ("nowhere", "loop"):
            file.write(f"  {name}:\n    cmd: cat {name} > {name}.txt\n    deps: [{name}]\n    outs: [{name}.txt]\n")
    states = toy.bench()
    assert {name for name, state in states.items() if state != "ran"} == {"nowhere", "loop"}
    assert "nowhere, received no such file or folder" in toy.ended["nowhere"].reason
    assert "\n" not in toy.ended["loop"].reason


def test_what_is_edited_while_a_stage_runs_is_not_recorded_as_its_input(toy):
    toy.do("work@w1", "echo '# edited' >> stage.sh")
    states = toy.bench("work@w1")
    assert states == {"first": "ran", "prepare@b": "ran", "work@w1": "failed"}
    assert toy.ended["work@w1"].reason == "stage.sh changed while it ran, so its result is not recorded"
    assert "work@w1" not in toy.lock()
    (toy.folder / "do/work@w1").unlink()
    assert toy.bench("work@w1")["work@w1"] == "ran"
    assert toy.stale().keys().isdisjoint({"work@w1", "first", "prepare@b"})


def test_no_two_at_once(toy):
    with execution.alone(), pytest.raises(UserError, match="Expected no other `cnnbench bench` at work here, received"):
        toy.bench()
    toy.bench()


def test_without_locks_of_files_it_does_not_begin(toy, monkeypatch):
    """As on Lustre without flock, or NFS without its lock daemon: two could work at once."""
    for number in (errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP):
        refuse = OSError(number, os.strerror(number))
        monkeypatch.setattr(fcntl, "flock", lambda *_, refuse=refuse: (_ for _ in ()).throw(refuse))
        with pytest.raises(UserError, match=f"with file locks, .* received of .cnnbench: {os.strerror(number)}"):
            toy.bench()
    assert toy.ran() == []


def test_a_name_too_long_for_a_file(toy):
    names = ["k" * 200, "\N{SNOWMAN}" * 60, "\N{SNOWMAN}" * 60 + "2", "é:" * 60]
    toy.params(**{name: {"from": "a", "n": 1} for name in names})
    (toy.folder / "dvc.yaml").write_text(
        "vars: [{works: {}}]\nstages:\n  w:\n    foreach: ${works}\n    do:\n      cmd: echo $DVC_STAGE\n"
    )
    assert set(toy.bench().values()) == {"ran"}
    logs = [one.log for one in toy.ended.values()]
    assert len({*logs}) == len(names)
    assert [log.read_text().strip() for log in logs] == [*toy.ended]


def test_the_longest_way_to_the_end_comes_first(toy):
    toy.bench(jobs=1)
    (toy.folder / ".cnnbench/durations.json").write_text('{"work@w3": 50, "work@w2": 9, "work@w0": 1, "work@w1": 2}')
    toy.ran()
    (toy.folder / "stage.sh").write_text(toy.folder.joinpath("stage.sh").read_text() + "true\n")
    toy.bench(jobs=1)
    assert toy.ran() == ["first", "work@w3", "work@w2", "work@w1", "work@w0", "report"]


def test_each_slot_has_its_gpu(toy):
    for number in range(4):
        toy.do(f"work@w{number}", f"echo $CUDA_VISIBLE_DEVICES > gpu-{number}; sleep 0.2")
    toy.bench(jobs=2, gpus=["GPU-x", "GPU-y"])
    seen = {(toy.folder / f"gpu-{number}").read_text().strip() for number in range(4)}
    assert seen == {"GPU-x", "GPU-y"}
    for number in range(4):
        slot = toy.notes.slots[f"work@w{number}"]
        assert (toy.folder / f"gpu-{number}").read_text().strip() == ["GPU-x", "GPU-y"][slot]


def test_files_of_dvc_add_frozen_and_always_changed_stages_and_another_pipeline(toy, tmp_path):
    (toy.folder / "data").write_text("1\n")
    toy.dvc("add", "data")
    (toy.folder / "sub").mkdir()
    (toy.folder / "sub/dvc.yaml").write_text(
        "stages:\n  far:\n    cmd: cp ../data far.txt\n    deps: [../data]\n    outs: [far.txt]\n"
    )
    more = """
  near:
    cmd: cat data sub/far.txt > near.txt; sh stage.sh
    deps: [data, sub/far.txt]
    outs: [near.txt]
  ice:
    cmd: cp data ice.txt
    frozen: true
    deps: [data]
    outs: [ice.txt]
  ever:
    cmd: sh stage.sh
    always_changed: true
    deps: [data]
"""
    (toy.folder / "ice.txt").write_text("cold\n")
    with (toy.folder / "dvc.yaml").open("a") as file:
        file.write(more)
    serial = toy.copy(tmp_path / "serial")
    for content in ("1\n", "2\n"):
        for one in (toy, serial):
            (one.folder / "data").unlink()
            (one.folder / "data").write_text(content)
        serial.dvc("repro")
        toy.bench()
        assert sorted(toy.ran()) == sorted(serial.ran())
        for path in ("dvc.lock", "sub/dvc.lock", "data.dvc", "near.txt", ".gitignore", "sub/.gitignore"):
            assert (toy.folder / path).read_text() == (serial.folder / path).read_text()
        assert toy.stale().keys() == serial.stale().keys()
        assert toy.git("status", "--porcelain") == serial.git("status", "--porcelain")
