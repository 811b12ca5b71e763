"""The command `cnnbench` itself."""

import os
import signal
import subprocess
import sys

import pytest
from report_folder import write_newer_result

from cnnbench import cli
from cnnbench.core import interrupts
from cnnbench.core.printable import printable

COMMANDS = [*cli._parser()._subparsers._group_actions[0].choices]


@pytest.mark.parametrize("command", ["check", "results", "runs"])
def test_what_only_reads_a_report_imports_no_pandas(folder, command):
    script = "import sys; from cnnbench import cli; cli.main(sys.argv[1:]); sys.exit('pandas' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script, command], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("arguments", [["chekc"], ["check", "--bogus"]])
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
    with pytest.raises(SystemExit) as stop:
        cli.main([])
    assert stop.value.code == 0
    assert capsys.readouterr().out == out, "bare, it is the help"


@pytest.mark.parametrize("width", [60, 80, 100, 120])
@pytest.mark.parametrize("command", [[], *([name] for name in COMMANDS)], ids=str)
def test_help_fits_the_terminal_and_states_the_exit_codes(monkeypatch, capsys, command, width):
    monkeypatch.setenv("COLUMNS", str(width))
    with pytest.raises(SystemExit):
        cli.main([*command, "--help"])
    out = capsys.readouterr().out
    assert max(map(len, out.splitlines())) <= width
    assert "1 done, and something is not as it should be; 2 not done" in " ".join(out.split())


@pytest.mark.parametrize("command", ["runs", "results", "check"])
def test_an_interrupt_of_a_command_is_one_line(folder, command):
    """Wherever it comes: also within the imports of a command."""
    script = (
        "import os, signal, sys\n"
        "from cnnbench import cli\n"
        "class Finder:\n"
        "    def find_spec(self, name, *_):\n"
        "        if name == 'pydantic':\n"
        "            os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.meta_path.insert(0, Finder())\n"
        "cli.main(sys.argv[1:])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, command],
        capture_output=True,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert done.returncode == 130
    assert done.stderr == f"{interrupts.LINE}\n"


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
def test_a_terminal_of_another_encoding_shows_escapes(folder, encoding):
    script = "import sys; from cnnbench import cli; sys.exit(cli.main(['results']))"
    environment = os.environ | {"PYTHONIOENCODING": encoding}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, env=environment)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"boston_housing-conv1d" in done.stdout


@pytest.mark.parametrize(("command", "code"), [("results", 0), ("results --format csv", 0), ("", 0), ("results no", 2)])
def test_stdout_and_stderr_may_be_closed(folder, command, code):
    script = "import sys; from cnnbench import cli; sys.exit(cli.main(sys.argv[1:]))"
    for closed in (">&-", "2>&-", ">&- 2>&-"):
        shell = ["sh", "-c", f'exec "$@" {closed}', "sh", sys.executable, "-c", script, *command.split()]
        done = subprocess.run(shell, capture_output=True, text=True)
        assert done.returncode == code, closed
        assert "Traceback" not in done.stderr


def test_what_a_terminal_obeys_is_escaped_in_tables_and_lines(folder, capsys):
    path = folder / "reports/leaderboard.csv"
    path.write_text(path.read_text().replace("1000 USD", "\x1b[31m\u202e::error::"))
    write_newer_result(folder, "\x1b]0;x\x07-net")
    assert cli.main(["results"]) == 0
    out = capsys.readouterr().out
    text = "".join(line.strip() for line in out.splitlines())
    assert printable(text) == text
    assert r"\x1b[31m\u202e\x3a:error\x3a:" in text
    assert r"Newer than the report: \x1b]0;x\x07-net; " in " ".join(out.split())
