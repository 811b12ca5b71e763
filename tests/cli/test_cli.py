"""The command `cnnbench` itself."""

import subprocess
import sys

import pytest

from cnnbench import cli


@pytest.mark.parametrize("command", ["check", "results", "runs"])
def test_what_only_reads_a_report_imports_no_pandas(folder, command):
    script = "import sys; from cnnbench import cli; cli.main(sys.argv[1:]); sys.exit('pandas' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script, command], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("arguments", [[], ["chekc"], ["check", "--bogus"]])
def test_wrong_usage_is_code_2(arguments, capsys):
    with pytest.raises(SystemExit) as stop:
        cli.main(arguments)
    assert stop.value.code == 2
    assert "usage: cnnbench" in capsys.readouterr().err


def test_help_lists_commands_and_exit_codes(capsys):
    with pytest.raises(SystemExit) as stop:
        cli.main(["--help"])
    assert stop.value.code == 0
    out = capsys.readouterr().out
    for word in ("check", "results", "track", "Exit codes"):
        assert word in out
