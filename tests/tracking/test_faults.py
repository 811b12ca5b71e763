"""Stores that are dead, hang or break, and processes that are killed: the stage goes on, and nothing is lost."""

import json
import signal
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from run_record import record

from cnnbench import tracking
from cnnbench.core.errors import UserError
from cnnbench.tracking import Tracker, backfill, owner, replay, spool
from cnnbench.tracking.store import Store
from cnnbench.tracking.store_error import StoreError

EPOCHS = range(1, 6)
WARNING = "warning: MLflow: "


def train(disturb=lambda tracker, epoch: None):
    """Tracks a training of five epochs; `disturb` is called after each."""
    with Tracker() as tracker:
        tracker.start_training(record("r"), {"threads": 2})
        for epoch in EPOCHS:
            tracker.log_epoch({"epoch": epoch, "loss": 1 / epoch})
            disturb(tracker, epoch)
        tracker.log_metrics({"images_per_second": 123.0})
        tracker.finish_training("data", "abc")


def warnings(capfd):
    return [line for line in capfd.readouterr().err.splitlines() if line]


class Broken(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_error(500, "broken by design")

    do_POST = do_GET  # noqa: N815

    def log_message(self, *_):
        pass


@pytest.fixture(params=["hangs", "refuses", "fails"])
def dead_server(request, repository, monkeypatch):
    """A server that takes a connection and no more, that is not there, or that answers 500."""
    with socket.create_server(("127.0.0.1", 0)) as silent, ThreadingHTTPServer(("127.0.0.1", 0), Broken) as broken:
        port = silent.getsockname()[1]
        if request.param == "refuses":
            silent.close()
        elif request.param == "fails":
            port = broken.server_port
            threading.Thread(target=broken.serve_forever, daemon=True).start()
        monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://me:geheim@127.0.0.1:{port}")
        monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "1")
        monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
        yield
        if request.param == "fails":
            broken.shutdown()


def test_a_dead_server_is_one_line_and_the_events_are_kept(dead_server, capfd):
    train()
    (line,) = warnings(capfd)
    assert line.startswith(WARNING)
    assert line.endswith(": results are saved; `cnnbench track` adds the run.")
    (path,) = spool.left()
    assert "geheim" not in line + path.read_text()
    events = [json.loads(text) for text in path.read_text().splitlines()]
    assert [event["event"] for event in events] == [
        *("begin", "start_training"), *["log_metrics"] * len(EPOCHS), *("log_metrics", "finish_training", "end"),
    ]  # fmt: skip


def test_a_tracker_that_is_killed_or_stopped_costs_nothing(tracked, capfd, monkeypatch):
    def send(signal_number, *, run):
        def disturb(tracker, epoch):
            if epoch == 2:
                wait_for_epoch(tracked, 2, number=run)
                tracker._process.send_signal(signal_number)
                if signal_number == signal.SIGKILL:
                    tracker._process.wait()

        return disturb

    train()
    assert warnings(capfd) == []
    train(send(signal.SIGKILL, run=2))
    (line,) = warnings(capfd)
    assert line.startswith(WARNING)
    assert states(tracked) == ["FINISHED", "RUNNING"]
    monkeypatch.setattr(tracking, "PATIENCE", 0.5)
    train(send(signal.SIGSTOP, run=3))
    (line,) = warnings(capfd)
    assert line.startswith(WARNING)
    assert states(tracked) == ["FINISHED", "FINISHED", "RUNNING"], "the next tracker has mended the first"
    with Store() as store:
        assert states(tracked) == ["FAILED", "FINISHED", "FINISHED"], "every start mends runs"
        assert replay.complete_runs(store) == ["r"]
        assert replay.complete_runs(store) == []
    assert not spool.left()
    assert states(tracked) == ["FINISHED"] * 3
    client, (stopped, killed, undisturbed) = tracked()
    own = {"cnnbench.id", owner.PROCESS}
    for run in (stopped, killed):
        for key in ("train/loss", "cost/images_per_second", "cost/parameters"):
            histories = [client.get_metric_history(one.info.run_id, key) for one in (run, undisturbed)]
            mended, usual = ([(point.step, point.value) for point in history] for history in histories)
            assert mended == usual
        assert run.data.params == undisturbed.data.params
        assert run.inputs.to_dictionary() == undisturbed.inputs.to_dictionary()
        assert {key: value for key, value in run.data.tags.items() if key not in own} == {
            key: value for key, value in undisturbed.data.tags.items() if key not in own
        }


def states(tracked):
    return sorted(run.info.status for run in tracked()[1])


def wait_for_epoch(tracked, epoch, *, number):
    """Waits until the latest run, the one of this number, has the epoch."""
    for _ in range(600):
        client, runs = tracked()
        if len(runs) == number and len(client.get_metric_history(runs[0].info.run_id, "train/loss")) == epoch:
            return
        threading.Event().wait(0.1)
    pytest.fail("the epochs never came")


def test_a_run_is_marked_failed_only_if_its_process_on_this_host_is_gone(repository, tracked):
    here = owner.tags()
    others = {
        "alive": here,
        "gone": here | {owner.PROCESS: "1 1.00"},
        "elsewhere": {owner.HOST: "another", owner.PROCESS: "1 1.00"},
    }
    with Store() as store:
        for name, tags in others.items():
            store.client.create_run(store.experiment, tags=tags | {"cnnbench.run": name}, run_name=name)
    with Store():
        pass
    assert {run.info.run_name: run.info.status for run in tracked()[1]} == {
        "alive": "RUNNING", "gone": "FAILED", "elsewhere": "RUNNING",
    }  # fmt: skip


def test_no_place_for_the_events_is_one_line(repository, capfd, monkeypatch):
    (repository / ".cnnbench").write_text("in the way")
    train()
    (line,) = warnings(capfd)
    assert line.startswith(WARNING)


def test_a_disk_that_becomes_full_is_one_line(repository, capfd, monkeypatch):
    def fill(tracker, epoch):
        if epoch == 2:
            monkeypatch.setattr(tracker._spool, "write", fails)

    def fails(event):
        raise OSError(28, "No space left on device")

    train(fill)
    (line,) = warnings(capfd)
    assert "No space left on device" in line


def test_who_wishes_so_is_stopped_at_the_start(repository, monkeypatch, capfd):
    monkeypatch.setenv("CNNBENCH_TRACKING", "strict")
    train()
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "nosuch://store")
    with pytest.raises(StoreError, match=r"Expected a working MLflow store, received .*'nosuch://store'"):
        train()
    assert warnings(capfd) == []
    monkeypatch.setenv("CNNBENCH_TRACKING", "yes")
    with pytest.raises(UserError, match="CNNBENCH_TRACKING=strict, =later or no such variable, received 'yes'"):
        train()


def test_a_stage_may_leave_it_all_to_who_comes_later(tracked, monkeypatch):
    monkeypatch.setenv("CNNBENCH_TRACKING", "later")
    train()
    assert len(spool.left()) == 1
    assert backfill.complete_earlier_runs() == ["r"]
    assert states(tracked) == ["FINISHED"]
    assert spool.left() == []


def write_spool(name, *events):
    path = spool.folder() / f"{name}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(event if isinstance(event, str) else json.dumps(event) + "\n" for event in events))
    return path


def test_events_of_another_store_wait_for_it(repository, tracked):
    begin = {"event": "begin", "now": 1.0, "id": "x", "store": "http://host cnnbench", "tags": {}}
    start = {"event": "start_training", "now": 1.0, "record": record("r").model_dump_json(), "settings": {}}
    path = write_spool("1", begin, start | {"synthetic": False})
    with Store() as store:
        assert replay.complete_runs(store) == []
    assert path.exists()
    assert tracked()[1] == []


def test_events_of_a_stage_that_goes_on_are_left_to_it(repository, tracked):
    own = spool.Spool()
    own.write({"event": "begin", "now": 1.0, "id": "x", "store": "mlflow.db cnnbench", "tags": {}})
    with Store() as store:
        replay.complete_runs(store)
        assert own.path.exists()
        own.close()
        replay.complete_runs(store)
        assert not own.path.exists()


@pytest.mark.parametrize(
    "event", ["no JSON\n", "[]\n", '{"event": "begin"}\n', '{"event": "start_training", "now": 1, "record": "{}"}\n']
)
def test_damaged_events_are_set_aside_with_one_line(repository, capfd, event):
    path = write_spool("1", event)
    last = write_spool("2", '{"event": "begin", "now":')  # cut off: its stage was killed
    with Store() as store:
        assert replay.complete_runs(store) == []
    (line,) = warnings(capfd)
    assert "1.jsonl is set aside as .rejected" in line
    assert path.with_suffix(".rejected").read_text() == event
    assert not last.exists()
