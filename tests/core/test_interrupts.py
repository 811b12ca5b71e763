"""A signal ends a program by one line and its exit code, whatever it is doing; nothing half-written is left."""

import os
import signal
import subprocess
import sys
import textwrap

import pytest
from toys import ROOT

from cnnbench.core import interrupts

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
WORK = {
    "sleeps": "wait()",
    "is in native code": "ready()\nctypes.CDLL(None).pause()\nctypes.CDLL(None).pause()",  # Python gets no turn between
    "swallows it": """
        while True:
            try:
                wait()
            except BaseException:
                pass
    """,
    "prints it": """
        try:
            wait()
        except BaseException as error:
            traceback.print_exc()
            raise ValueError from error
    """,
    "imports quietly": """
        with quiet():
            os.write(2, b"noise of a library")
            wait()
    """,
    "is in a callback": """
        class Held:
            def __del__(self):
                wait()
        held = Held()
        del held
        time.sleep(60)
    """,
}


@pytest.fixture
def start(tmp_path):
    """Starts a program that has begun to write a file, and then works."""

    def start(work, **options):
        script = tmp_path / "work.py"
        script.write_text(
            "import ctypes, os, signal, sys, time, traceback\n"
            "from pathlib import Path\n"
            "from cnnbench.core import files, interrupts\n"
            "from cnnbench.core.errors import one_line\n"
            "from cnnbench.core.quiet import quiet\n"
            "with interrupts.handled(), one_line(), files.aside(Path('out/file.txt')) as part, "
            "files.scratch(Path('out')) as folder:\n"
            "    part.write_text('half')\n"
            "    (folder / 'half').write_text('half')\n"
            "    def ready():\n"
            "        print('ready', flush=True)\n"
            "    def wait():\n"
            "        ready()\n"
            "        time.sleep(60)\n" + textwrap.indent(textwrap.dedent(work), "    ")
        )
        process = subprocess.Popen(
            [sys.executable, str(script)],
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=lambda: [signal.signal(one, signal.SIG_DFL) for one in SIGNALS],
            **options,
        )
        assert process.stdout.readline() == "ready\n"
        return process

    return start


@pytest.mark.parametrize("work", WORK)
def test_an_interrupt_is_one_line_wherever_it_comes(start, tmp_path, work):
    process = start(WORK[work])
    process.send_signal(signal.SIGINT)
    assert process.communicate()[1] == f"{interrupts.LINE}\n"
    assert process.returncode == 130
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["work.py"]


@pytest.mark.parametrize("number", SIGNALS)
def test_the_exit_code_names_the_signal(start, number):
    process = start(WORK["sleeps"])
    process.send_signal(number)
    assert process.communicate()[1] == f"{interrupts.LINE}\n"
    assert process.returncode == 128 + number


def test_a_second_interrupt_does_not_disturb_the_first(start, tmp_path):
    process = start("try:\n    wait()\nfinally:\n    print('tidying', flush=True)\n    time.sleep(0.5)")
    process.send_signal(signal.SIGINT)
    assert process.stdout.readline() == "tidying\n"
    process.send_signal(signal.SIGINT)
    assert process.communicate()[1] == f"{interrupts.LINE}\n"
    assert process.returncode == 130


def test_what_nohup_ignores_stays_ignored(tmp_path):
    script = (
        "import os, signal\n"
        "signal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
        "from cnnbench.core import interrupts\n"
        "with interrupts.handled():\n"
        "    os.kill(os.getpid(), signal.SIGHUP)\n"
        "    print('goes on')\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "goes on\n", "")


@pytest.mark.parametrize("shell", ["sh", "bash"])  # bash gives its place to the command, dash stays between
def test_a_stage_ends_with_the_dvc_that_runs_it(tmp_path, shell):
    script = tmp_path / "stages/long.py"
    script.parent.mkdir()
    script.write_text("import time\nprint('ready', flush=True)\ntime.sleep(60)\n")
    dvc = (  # as DVC: a shell, which runs the stage's command
        "import os, subprocess, sys\n"
        "stage = subprocess.Popen([sys.argv[2], '-c', sys.argv[1]], env=os.environ | {'DVC_STAGE': 'long'})\n"
        "stage.wait()\n"
    )
    (tmp_path / "stages/run").write_text((ROOT / "stages/run").read_text())
    command = [sys.executable, "-c", dvc, "sh stages/run long", shell]
    environment = os.environ | {"VIRTUAL_ENV": sys.prefix}
    (tmp_path / "src").symlink_to(ROOT / "src")
    parent = subprocess.Popen(
        command, cwd=tmp_path, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert parent.stdout.readline() == "ready\n"
    parent.kill()
    # the pipe ends when the last process that holds it has ended
    assert parent.communicate(timeout=30)[1] == f"{interrupts.LINE}\n"


def test_a_program_goes_on_as_before_once_the_block_has_ended():
    before = [signal.getsignal(one) for one in SIGNALS]
    with interrupts.handled():
        assert signal.getsignal(signal.SIGTERM) not in before
    assert [signal.getsignal(one) for one in SIGNALS] == before
