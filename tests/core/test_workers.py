"""Items are worked on side by side: results in order, few items held, and no process is left, whoever ends."""

import errno
import fcntl
import os
import pickle
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from toys import refused

from cnnbench.core import workers
from cnnbench.core.errors import UserError
from cnnbench.data.images.limits import MissingPackageError


def double(item):
    time.sleep(0.002 * (item % 3))  # so that later ones are done earlier
    return 2 * item


def fail(item):
    if item == 3:
        raise UserError("Expected no 3, received 3: leave it out.")
    return item


def lack(item):
    raise MissingPackageError("pydicom", "DICOM")


def chatter(item):
    print("noise of a library")
    os.write(1, b"and of native code\n")
    return item


def die(item):
    os.kill(os.getpid(), signal.SIGKILL)


def name_process(item):
    return os.getpid()


BOTH = pytest.mark.parametrize("processes", [False, True])


@BOTH
@pytest.mark.parametrize("count", [1, 3])
def test_results_are_in_order_with_any_number_of_workers(monkeypatch, processes, count):
    monkeypatch.setattr(workers, "cores", lambda: count)
    assert list(workers.map_in_order(double, range(20), processes=processes)) == [2 * item for item in range(20)]
    assert list(workers.map_in_order(double, [], processes=processes)) == []


def test_items_are_taken_as_they_are_needed(monkeypatch):
    monkeypatch.setattr(workers, "cores", lambda: 2)
    taken = []
    results = workers.map_in_order(double, (taken.append(item) or item for item in range(1000)), processes=False)
    assert next(results) == 0
    assert len(taken) <= 6
    results.close()
    assert len(taken) <= 6


@BOTH
def test_an_error_is_raised_as_it_is(processes):
    results = workers.map_in_order(fail, range(9), processes=processes)
    assert [next(results) for _ in range(3)] == [0, 1, 2]
    with refused("Expected no 3, received 3: leave it out."):
        next(results)
    with pytest.raises(MissingPackageError, match="pip install pydicom"):
        list(workers.map_in_order(lack, range(9), processes=processes))


def test_each_core_has_a_process_of_its_own(monkeypatch):
    monkeypatch.setattr(workers, "cores", lambda: 2)
    found = set(workers.map_in_order(name_process, range(50), processes=True))
    assert os.getpid() not in found
    assert 1 <= len(found) <= 2
    assert not any(map(psutil.pid_exists, found))


def test_what_is_printed_is_no_answer(capfd):
    assert list(workers.map_in_order(chatter, range(3), processes=True)) == [0, 1, 2]
    assert capfd.readouterr().out == ""


def test_a_process_that_is_killed_is_one_line():
    with refused(r"to last, received the end of one \(signal 9\): free memory"):
        list(workers.map_in_order(die, range(9), processes=True))


def answer_by_half(item):
    """Ends in the middle of its answer, whose pickle has begun."""
    os.write(answers(), pickle.dumps((bytes(5000), None))[:-100])
    os._exit(3)


def answers():
    """The pipe of `worker`, which is no longer its stdout."""
    return next(number for number in range(3, 20) if _is_pipe(number))


def _is_pipe(number):
    try:
        return stat.S_ISFIFO(os.fstat(number).st_mode) and fcntl.fcntl(number, fcntl.F_GETFL) & os.O_ACCMODE
    except OSError:
        return False


def test_a_process_that_ends_in_the_middle_of_its_answer_is_one_line():
    with refused(r"to last, received the end of one \(exit code 3\)"):
        list(workers.map_in_order(answer_by_half, range(3), processes=True))


def test_processes_that_the_system_refuses_are_one_line_and_none_is_left(monkeypatch):
    started, popen = [], subprocess.Popen

    def start(*arguments, **options):
        if started:
            raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
        started.append(popen(*arguments, **options))
        return started[-1]

    monkeypatch.setattr(workers, "cores", lambda: 2)
    monkeypatch.setattr(subprocess, "Popen", start)
    with refused("to start 2 processes that work side by side, received of the system: Resource temporarily"):
        list(workers.map_in_order(double, range(3), processes=True))
    assert started[0].returncode is not None


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_processes_end_with_the_one_that_asks(tmp_path, number):
    script = tmp_path / "work.py"
    script.write_text(
        "import sys, time\n"
        "from test_workers import name_process\n"
        "from cnnbench.core import interrupts, workers\n"
        "with interrupts.handled():\n"
        "    for result in workers.map_in_order(name_process, iter(int, 1), processes=True):\n"
        "        print(result, flush=True)\n"
    )
    paths = os.pathsep.join([str(Path(__file__).parent), *filter(None, sys.path)])
    process = subprocess.Popen(
        [sys.executable, script],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": paths},
    )
    started = {int(process.stdout.readline()) for _ in range(50)}
    children = psutil.Process(process.pid).children(recursive=True)
    assert started <= {child.pid for child in children}
    process.send_signal(number)
    _, errors = process.communicate(timeout=60)
    psutil.wait_procs(children, timeout=30)
    assert not any(child.is_running() and child.status() != psutil.STATUS_ZOMBIE for child in children)
    assert errors == ("" if number == signal.SIGKILL else "interrupted: run it again; what was finished is kept\n")
