import os
import subprocess
import sys

import pytest

from cnnbench.tracking import owner


def test_a_process_is_gone_when_it_has_ended_or_another_has_its_id():
    tag = owner.tags()[owner.PROCESS]
    assert not owner.is_gone(tag)
    assert owner.is_gone(f"{os.getpid()} 12345.00"), "its id, but not its start"
    done = subprocess.Popen([sys.executable, "-c", "pass"])
    done.wait()
    assert owner.is_gone(f"{done.pid} {tag.split()[1]}")


@pytest.mark.parametrize("tag", ["", "x", "1 x"])
def test_a_damaged_tag_is_of_nobody(tag):
    assert owner.is_gone(tag)
