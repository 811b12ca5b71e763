"""What a broken tracker costs a training: the true train stage against a real `mlflow server`, fault by fault.

    git clone . /tmp/faults && cd /tmp/faults && ln -s <repository>/.venv .venv && dvc repro report
    python benchmarks/tracker_faults.py [FAULT ...]

Trains boston_housing-conv1d once undisturbed and once for each fault, each in an MLflow experiment of its own, and
prints a table: exit code, seconds longer than undisturbed, seconds from the saved model to the end of the stage, lines
of warning; and the runs of the experiment at once, after the next start of a tracker, and after `cnnbench track`, each
with its state and the number of its epochs. The server is asked through a proxy, which may be slow, refuse or answer
500. Overwrites models/ and .cnnbench/tracking/ of the working directory: use a clone. Needs root for the full disk.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack, closing, suppress
from pathlib import Path

RUN = "boston_housing-conv1d"
SPOOLS, MODEL = Path(".cnnbench/tracking"), Path("models", RUN)
EPOCH = 4  # after which faults strike
REFUSAL = b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Proxy:
    """Passes connections on to the server; `mode` is pass, slow, hang or fail."""

    def __init__(self, upstream: int) -> None:
        self.upstream, self.mode = upstream, "pass"
        self._listener: socket.socket | None = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.open()

    def open(self) -> None:
        """Takes connections."""
        if self._listener is None:
            self._listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._serve, args=(self._listener,), daemon=True).start()

    def close(self) -> None:
        """Refuses connections."""
        if self._listener:
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread, which would take one more
            self._listener.close()
            self._listener = None

    def _serve(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                threading.Thread(target=self._pass_on, args=(client,), daemon=True).start()

    def _pass_on(self, client: socket.socket) -> None:
        with suppress(OSError), client:
            if self.mode == "fail":
                client.recv(65536)
                client.sendall(REFUSAL)
                return
            with socket.create_connection(("127.0.0.1", self.upstream)) as server:
                threading.Thread(target=self._copy, args=(server, client), daemon=True).start()
                self._copy(client, server, slow=True)

    def _copy(self, source: socket.socket, target: socket.socket, *, slow: bool = False) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                if slow and self.mode == "slow":
                    time.sleep(1)
                while slow and self.mode == "hang":
                    time.sleep(1)
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)


class Server:
    """A real `mlflow server`."""

    def __init__(self, folder: Path) -> None:
        self.database = folder / "server.db"
        self._folder = folder
        with closing(socket.create_server(("127.0.0.1", 0))) as free:
            self.port = free.getsockname()[1]
        self.start()

    def start(self) -> None:
        """Starts it, and waits until it answers."""
        command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(self.port)]
        command += ["--workers", "1", "--backend-store-uri", f"sqlite:///{self.database}"]
        command += ["--artifacts-destination", str(self._folder / "artifacts")]
        with (self._folder / "server.log").open("a") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        for _ in range(600):
            with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health", timeout=5):
                return
            time.sleep(0.5)
        raise SystemExit("error: the server never answered")

    def signal(self, number: int) -> None:
        """Sends a signal to all its processes."""
        os.killpg(self._process.pid, number)
        if number == signal.SIGKILL:
            self._process.wait()


Undo = Callable[[], object]


class Case:
    """One fault: strikes at the start (`before`) or in mid-training (`during`); both return what ends it."""

    def __init__(
        self,
        before: Callable[[], Undo | None] | None = None,
        during: Callable[[subprocess.Popen[str]], Undo | None] | None = None,
        database: Path | None = None,
    ) -> None:
        self.before, self.during, self.database = before, during, database


def main(chosen: list[str]) -> None:
    """Runs the faults and prints the table."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        server = Server(Path(folder))
        stack.callback(server.signal, signal.SIGKILL)
        proxy = Proxy(server.port)
        cases = list_cases(server, proxy, Path(folder), stack)
        print("| fault | exit | longer s | model to end s | warnings | model | at once | next start | cnnbench track |")
        print("|---|---:|---:|---:|---:|---|---|---|---|", flush=True)
        usual = None
        for name, case in cases.items():
            if usual is None or not chosen or name in chosen:
                row, seconds = measure(name, case, server, proxy)
                usual = usual or seconds
                print(f"| {name} | {row[0]} | {seconds - usual:+.1f} | {' | '.join(map(str, row[1:]))} |", flush=True)


def list_cases(server: Server, proxy: Proxy, folder: Path, stack: ExitStack) -> dict[str, Case]:
    """The faults by name, the undisturbed training first."""

    def set_mode(mode: str) -> Undo:
        proxy.mode = mode
        return lambda: setattr(proxy, "mode", "pass")

    def close() -> Undo:
        proxy.close()
        return proxy.open

    def kill_server(_: object) -> Undo:
        server.signal(signal.SIGKILL)
        return server.start

    def stop_server(_: object) -> Undo:
        server.signal(signal.SIGSTOP)
        return lambda: server.signal(signal.SIGCONT)

    def kill_tracker(stage: subprocess.Popen[str]) -> None:
        children = Path(f"/proc/{stage.pid}/task/{stage.pid}/children").read_text().split()
        for child in map(int, children):
            if b"cnnbench.tracking" in Path(f"/proc/{child}/cmdline").read_bytes():
                os.kill(child, signal.SIGKILL)

    def signal_group(number: int) -> Callable[[subprocess.Popen[str]], None]:
        return lambda stage: os.killpg(stage.pid, number)

    def lock(_: object) -> Undo:
        connection = sqlite3.connect(folder / "locked.db", isolation_level=None, check_same_thread=False, timeout=60)
        connection.execute("BEGIN EXCLUSIVE")
        return connection.close

    def fill() -> Undo:
        (small := folder / "small").mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", small], check=True)
        stack.callback(subprocess.run, ["umount", "-l", small], check=True)
        return lambda: subprocess.run(["mount", "-o", "remount,size=50m", small], check=True)

    return {
        "none": Case(),
        "server killed": Case(during=kill_server),
        "server stopped (SIGSTOP)": Case(during=stop_server),
        "server hangs from the start": Case(before=lambda: set_mode("hang")),
        "server never there": Case(before=close),
        "server answers 500": Case(before=lambda: set_mode("fail")),
        "server slow (1 s a request)": Case(before=lambda: set_mode("slow")),
        "tracker KILLed": Case(during=kill_tracker),
        "stage's group KILL": Case(during=signal_group(signal.SIGKILL)),
        "stage's group TERM": Case(during=signal_group(signal.SIGTERM)),
        "stage's group HUP": Case(during=signal_group(signal.SIGHUP)),
        "SQLite locked": Case(during=lock, database=folder / "locked.db"),
        "SQLite on a full disk": Case(before=fill, database=folder / "small/full.db"),
    }


def measure(name: str, case: Case, server: Server, proxy: Proxy) -> tuple[list[object], float]:
    """Runs the stage with one fault; returns the cells of its row, and how long it took."""
    for leftover in (SPOOLS, MODEL):
        shutil.rmtree(leftover, ignore_errors=True)
    experiment = "".join(letter if letter.isalnum() else "-" for letter in name)
    uri = f"sqlite:///{case.database}" if case.database else f"http://127.0.0.1:{proxy.port}"
    environment = os.environ | {"MLFLOW_TRACKING_URI": uri, "MLFLOW_EXPERIMENT_NAME": experiment}
    environment |= {"CUDA_VISIBLE_DEVICES": "", "PYTHONPATH": "src"}
    undo = case.before() if case.before else None
    began = time.time()
    command = [sys.executable, "stages/train.py", RUN]
    with tempfile.TemporaryFile("w+") as err:
        stage = subprocess.Popen(
            command, env=environment, text=True, stdout=subprocess.DEVNULL, stderr=err, start_new_session=True
        )
        if case.during:
            wait_for_epoch(stage)
            undo = case.during(stage)
        code = stage.wait()
        ended = time.time()
        err.seek(0)
        warnings = [line for line in err.read().splitlines() if line.startswith("warning:")]
    print(*warnings, sep="\n", file=sys.stderr)
    record = MODEL / "run.json"
    saved = record.is_file()
    waited = f"{ended - record.stat().st_mtime:.1f}" if saved else "-"
    time.sleep(2)  # for the tracker of a killed stage
    states = [describe(case.database or server.database, experiment)]
    if undo:
        undo()
    next_start = "from cnnbench.tracking import Tracker\nwith Tracker(): pass"
    for later in ([sys.executable, "-c", next_start], [Path(sys.executable).with_name("cnnbench"), "track"]):
        subprocess.run(later, env=environment, check=True, stdout=subprocess.DEVNULL)
        states.append(describe(case.database or server.database, experiment))
    return [code, waited, len(warnings), "yes" if saved else "no", *states], ended - began


def wait_for_epoch(stage: subprocess.Popen[str]) -> None:
    """Waits until the stage has written its first epochs."""
    while stage.poll() is None:
        events = "".join(path.read_text() for path in SPOOLS.glob("*.jsonl"))
        if events.count('"val_loss"') >= EPOCH:
            return
        time.sleep(0.05)


def describe(database: Path, experiment: str) -> str:
    """The runs of the experiment, each with its state and its epochs, read past any server."""
    query = """
        SELECT runs.status, (SELECT count(*) FROM metrics WHERE metrics.run_uuid = runs.run_uuid AND key = 'loss'),
               (SELECT count(*) FROM metrics WHERE metrics.run_uuid = runs.run_uuid AND key LIKE 'test%')
        FROM runs JOIN experiments USING (experiment_id) WHERE experiments.name = ? ORDER BY start_time"""
    try:
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=1)) as connection:
            found = connection.execute(query, (experiment,)).fetchall()
    except sqlite3.OperationalError as error:
        return str(error)
    return ", ".join(f"{state} {epochs}{' tested' if tested else ''}" for state, epochs, tested in found) or "no run"


if __name__ == "__main__":
    main(sys.argv[1:])
