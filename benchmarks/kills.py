"""Kills the pipeline at random moments and runs it again: is every result what it would have been?

    python benchmarks/kills.py --kills 100 --folder /tmp/kills

A small benchmark runs undisturbed in a folder of its own. Then a stage is made to run and killed at a random moment, by
SIGKILL, SIGTERM, SIGINT or SIGHUP in turn: its whole process group (as a terminal does), DVC alone, or the stage alone.
A complete `dvc repro` follows, after what `make bench` mends. It must end well, leave every output as it was to the
byte and nothing else beside them, and no process may be left.

Prints stage x signal: kills, those recovered from, lines of traceback that were seen. Exits 1 where one is not
recovered from. 100 kills take about half an hour on two cores; started again, it goes on where it was.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import psutil
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[1]
RUNS = {"mnist-mnist_cnn": "mnist", "boston_housing-conv1d": "boston_housing"}
STAGES = ("download", "split", "cache", "train", "evaluate", "report")
SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
TARGETS = ("group", "dvc", "stage")
OUTPUTS = ("data", "models", "reports", "dvc.lock", "params.yaml")
PATIENCE = 60  # seconds for a process to end


class Kill(NamedTuple):
    """One kill.

    Attributes:
        stage: With its data set or run, as DVC names it.
        number: Of the signal.
        target: Whom it goes to, one of `TARGETS`.
        share: Of the undisturbed duration after which it comes.
    """

    stage: str
    number: signal.Signals
    target: str
    share: float


def plan(index: int, seed: int) -> Kill:
    """The kill of this index: stages in turn, of each the signals in turn, of each the targets in turn."""
    draw = random.Random(f"{seed}-{index}")  # noqa: S311 - a sample, no secret
    stage, run = STAGES[index % 6], draw.choice(list(RUNS))
    key = {"report": "", "train": f"@{run}", "evaluate": f"@{run}"}.get(stage, f"@{RUNS[run]}")
    return Kill(stage + key, SIGNALS[index // 6 % 4], TARGETS[index // 24 % 3], draw.random())


class Scratch:
    """A copy of this repository with two small runs, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self._output = folder, folder.with_name(f"{folder.name}.txt")
        names = {name: value for name, value in os.environ.items() if not name.startswith(("DVC_", "MLFLOW_"))}
        people = {f"GIT_{who}_{what}": "t@t" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        self._environment = names | people | {"PATH": path, "PYTHONPATH": "src", "VIRTUAL_ENV": sys.prefix}

    def create(self) -> None:
        """Copies the repository as it stands and shrinks its benchmark."""
        listed = subprocess.run(
            ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        for name in listed.stdout.splitlines():
            if (ROOT / name).is_file() and name != "dvc.lock":
                (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, self.folder / name)
        yaml, path = YAML(), self.folder / "params.yaml"
        params = yaml.load(path)
        params["datasets"] = {name: params["datasets"][name] for name in RUNS.values()}
        params["runs"] = {name: params["runs"][name] for name in RUNS}
        for data in params["datasets"].values():
            data["quick"]["examples"] = 200
        for run in params["runs"].values():
            run["quick"] = {"lr": None, "epochs": 2, "batch_size": 16}
        params["thresholds"] = {}
        yaml.dump(params, path)
        for command in (("init", "--quiet"), ("add", "--all"), ("commit", "--quiet", "--message", "start")):
            self.run("git", *command)

    def start(self, *command: str) -> subprocess.Popen[str]:
        """Starts a command in a session of its own; its output goes to output.txt."""
        with self._output.open("w") as output:
            return subprocess.Popen(
                command,
                cwd=self.folder,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
                preexec_fn=_reset_signals,
            )

    def output(self) -> str:
        """What the last command has printed."""
        return self._output.read_text(errors="replace")

    def run(self, *command: str) -> int:
        """Runs a command to its end; its exit code."""
        return self.start(*command).wait()

    def contents(self) -> dict[str, str]:
        """The hash of every file among the outputs."""
        paths = [path for name in OUTPUTS for path in (self.folder / name, *(self.folder / name).rglob("*"))]
        return {
            str(path.relative_to(self.folder)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in paths
            if path.is_file()
        }

    def forget(self, stage: str) -> None:
        """Lets DVC forget the results of a stage: it would take them from its cache rather than run the stage."""
        name, _, key = stage.partition("@")
        command = f"stages/run {name} '{key}'" if key else f"stages/run {name}"
        for path in (self.folder / ".dvc/cache/runs").rglob("*"):
            if path.is_file() and command in path.read_text():
                path.unlink()

    def disturb(self, kill: Kill, seconds: float) -> dict[str, Any]:
        """Makes a stage run and kills it; what came of it."""
        self.forget(kill.stage)
        dvc = self.start("dvc", "repro", "--force", "--single-item", kill.stage)
        if kill.target == "stage":
            wait_until(lambda: stage_of(dvc.pid) is not None or dvc.poll() is not None)
            seconds = max(seconds - 1.5, 0.5)  # DVC's own start has passed
        before = time.monotonic() + kill.share * seconds
        wait_until(lambda: time.monotonic() > before or dvc.poll() is not None)
        stage = stage_of(dvc.pid)
        was_running = stage is not None
        send(kill, dvc, stage)
        killed = time.monotonic()
        if stage is not None:
            wait_until(lambda: not stage.is_running() or stage.status() == psutil.STATUS_ZOMBIE)
        lasted = time.monotonic() - killed
        dvc.wait(PATIENCE)
        # the process that writes to MLflow finishes what it has
        wait_until(lambda: not session(dvc.pid))
        left = [" ".join(process.cmdline()) for process in session(dvc.pid)]
        for process in session(dvc.pid):
            process.kill()
        lines = self.output().splitlines()
        return {
            "running": was_running,
            "stage_lasted": round(lasted, 2),
            "code": dvc.returncode,
            "lines": sum(line.startswith("interrupted: ") for line in lines),
            "traceback": sum(line.startswith(("Traceback ", '  File "')) for line in lines),
            "left": left,
        }

    def recover(self, wanted: dict[str, str]) -> dict[str, Any]:
        """Mends and runs everything; what is not as it should be."""
        self.run("python", "-m", "cnnbench.planning.mending")
        mended = self.output().splitlines()
        problems = [] if (code := self.run("dvc", "repro")) == 0 else [f"dvc repro: {code}", self.output()[-800:]]
        found = self.contents()
        problems += [f"differs: {name}" for name in sorted(wanted) if found.get(name) != wanted[name]]
        problems += [f"left: {name}" for name in sorted(found.keys() - wanted.keys())]
        return {"mended": mended, "problems": problems}


def _reset_signals() -> None:
    # a shell ignores SIGINT for what it runs in the background, nohup SIGHUP
    for number in SIGNALS[1:]:
        signal.signal(number, signal.SIG_DFL)


def stage_of(dvc: int) -> psutil.Process | None:
    """The process of the stage that a DVC runs."""
    for process in session(dvc):
        try:
            if "cnnbench.core.launch" in process.cmdline():
                return process
        except psutil.Error:
            continue
    return None


def session(leader: int) -> list[psutil.Process]:
    """The living processes of a session, but for DVC itself once it has ended."""
    found = []
    for process in psutil.process_iter():
        try:
            if os.getsid(process.pid) == leader and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except (psutil.Error, ProcessLookupError):
            continue
    return found


def send(kill: Kill, dvc: subprocess.Popen[str], stage: psutil.Process | None) -> None:
    """Sends the signal, where its target still lives."""
    try:
        if kill.target == "group":
            os.killpg(dvc.pid, kill.number)
        elif kill.target == "dvc":
            os.kill(dvc.pid, kill.number)
        elif stage is not None:
            stage.send_signal(kill.number)
    except (ProcessLookupError, psutil.NoSuchProcess):
        pass


def wait_until(happened: Callable[[], bool]) -> None:
    """Waits for something, and not for ever."""
    until = time.monotonic() + PATIENCE
    while not happened() and time.monotonic() < until:
        time.sleep(0.02)


def measure(scratch: Scratch) -> dict[str, Any]:
    """The undisturbed run: its outputs, and how long each stage takes."""
    if scratch.run("dvc", "repro"):
        raise SystemExit(f"The undisturbed run fails:\n{scratch.output()}")
    scratch.run("git", "add", "--all")
    scratch.run("git", "commit", "--quiet", "--message", "undisturbed")
    wanted, seconds = scratch.contents(), {}
    for stage in sorted({plan(index, 0).stage for index in range(100)}):
        scratch.forget(stage)
        started = time.monotonic()
        scratch.run("dvc", "repro", "--force", "--single-item", stage)
        seconds[stage] = time.monotonic() - started
    if scratch.contents() != wanted:
        raise SystemExit("The undisturbed run is not the same when it is repeated.")
    return {"wanted": wanted, "seconds": seconds}


def kill_all(folder: Path, indices: list[int], seed: int, say: Callable[[str], None] = print) -> list[dict[str, Any]]:
    """Kills and recovers, as often as there are indices; rows of earlier calls in the same folder are kept."""
    scratch, rows_file, undisturbed = (
        Scratch(folder / "repository"),
        folder / "kills.jsonl",
        folder / "undisturbed.json",
    )
    if not undisturbed.exists():
        folder.mkdir(parents=True, exist_ok=True)
        scratch.create()
        undisturbed.write_text(json.dumps(measure(scratch)))
    known = json.loads(undisturbed.read_text())
    rows = [json.loads(line) for line in rows_file.read_text().splitlines()] if rows_file.exists() else []
    for index in sorted(set(indices) - {row["index"] for row in rows}):
        kill = plan(index, seed)
        row = {"index": index, "stage": kill.stage, "signal": kill.number.name, "target": kill.target}
        row |= scratch.disturb(kill, known["seconds"][kill.stage]) | scratch.recover(known["wanted"])
        rows.append(row)
        with rows_file.open("a") as file:
            file.write(json.dumps(row) + "\n")
        say(" ".join(f"{value}" for value in row.values()))
    return rows


def table(rows: list[dict[str, Any]]) -> list[str]:
    """The lines of the table: kills / recovered from / lines of traceback."""
    lines = [f"{'':10}" + "".join(f"{number.name:>14}" for number in SIGNALS)]
    for stage in STAGES:
        cells = []
        for number in SIGNALS:
            own = [row for row in rows if row["stage"].split("@")[0] == stage and row["signal"] == number.name]
            good = sum(not row["problems"] and not row["left"] for row in own)
            cells.append(f"{len(own):>6} /{good:>2} /{sum(row['traceback'] for row in own):>2}")
        lines.append(f"{stage:10}" + "".join(f"{cell:>14}" for cell in cells))
    return lines


def main() -> int:
    """Kills, prints the table, and says whether all was recovered from."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--folder", type=Path, help="default: a new one; with an earlier one, goes on there")
    arguments = parser.parse_args()
    folder = arguments.folder or Path(tempfile.mkdtemp(prefix="kills-"))
    rows = kill_all(folder.absolute(), list(range(arguments.kills)), arguments.seed)
    print("\nkills / recovered from / lines of traceback", *table(rows), sep="\n")
    bad = [row for row in rows if row["problems"] or row["left"]]
    running = [row for row in rows if row["running"]]
    slowest = max((row["stage_lasted"] for row in running), default=0.0)
    print(f"{len(rows)} kills, {len(running)} while the stage ran, which then lasted {slowest:.1f} s at most.")
    print(f"{sum(bool(row['mended']) for row in rows)} needed mending; {len(bad)} not recovered from.")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
