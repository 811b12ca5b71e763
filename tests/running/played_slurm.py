"""SLURM's commands, played: a job is a process group of this machine. It is called by the name of the command."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

NAMES = ("sbatch", "srun", "sacct", "scancel", "scontrol")


def install(folder):
    """Puts the commands into a folder, which also has what they remember."""
    for name in NAMES:
        (folder / name).write_text(f'#!/bin/sh\nexec {sys.executable} {__file__} {name} "$@"\n')
        (folder / name).chmod(0o755)
    (folder / "jobs").mkdir()


def sbatch(jobs, script):
    job = str(time.time_ns() // 10**6 % 10**9)  # submitit remembers those of earlier tests
    (jobs / job).mkdir()
    (jobs / job / "script").write_text(Path(script).read_text())
    start(jobs, job)
    print(f"Submitted batch job {job}")


def start(jobs, job):
    names = {"SLURM_JOB_ID": job, "SLURM_JOB_NUM_NODES": "1", "SLURM_JOB_NODELIST": "node1", "SLURM_NODEID": "0"}
    tasks = {"SLURM_NTASKS": "1", "SLURM_PROCID": "0", "SLURM_LOCALID": "0", "CUDA_VISIBLE_DEVICES": "of the job"}
    with (jobs / job / "log").open("ab") as log:
        process = subprocess.Popen(
            ["bash", jobs / job / "script"],
            env=os.environ | names | tasks,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    (jobs / job / "group").write_text(str(process.pid))
    (jobs / job / "requeued").unlink(missing_ok=True)


def srun(jobs, *words):
    rest = list(words)
    while rest[0].startswith("-"):
        del rest[: 1 if rest[0] == "--unbuffered" else 2]
    os.execvp(rest[0], rest)  # noqa: S606


def sacct(jobs, *words):
    print("JobID|State|NodeList")
    for job in words[words.index("-j") :]:
        if job != "-j":
            group = jobs / job / "group"
            if group.exists():
                found = subprocess.run(["pgrep", "-g", group.read_text()], capture_output=True).stdout
                is_on = found or (jobs / job / "requeued").exists()
                print(f"{job}|{'RUNNING' if is_on else 'NODE_FAIL'}|node1")


def scancel(jobs, job):
    (jobs / job / "cancelled").touch()
    os.killpg(int((jobs / job / "group").read_text()), signal.SIGKILL)


def scontrol(jobs, command, job):
    """Begins the job again when this call, which comes from within, has ended."""
    (jobs / job / "requeued").touch()
    if os.fork() == 0:
        os.setsid()
        time.sleep(0.2)
        start(jobs, job)


if __name__ == "__main__":
    globals()[sys.argv[1]](Path(os.environ["PLAYED_SLURM"]), *sys.argv[2:])
