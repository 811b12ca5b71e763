import errno
import os
import sys

import pytest

from cnnbench.core.errors import UserError, run_script


def script(monkeypatch, capsys, main, names, *arguments):
    monkeypatch.setattr(sys, "argv", ["script.py", *arguments])
    with pytest.raises(SystemExit) as ended:
        run_script(main, *names)
    return ended.value.code, capsys.readouterr().err


def test_a_user_error_is_one_line_and_code_2(monkeypatch, capsys):
    def main(run):
        raise UserError(f"Expected a run, received {run!r}.")

    assert script(monkeypatch, capsys, main, ["run"], "x") == (2, "error: Expected a run, received 'x'.\n")


def test_wrong_arguments_are_code_2(monkeypatch, capsys):
    code, message = script(monkeypatch, capsys, lambda run: None, ["run"])
    assert (code, message) == (2, "Expected arguments: <run>, received: none\n")


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.ENOENT, errno.ELOOP])
def test_what_the_system_refuses_is_one_line_and_code_2(monkeypatch, capsys, number):
    def main():
        raise OSError(number, os.strerror(number), "some/file")

    code, message = script(monkeypatch, capsys, main, [])
    assert code == 2
    assert message.startswith("error: Expected to read or write some/file, received ")
    assert message.count("\n") == 1


def test_a_script_keeps_the_traceback_of_a_mistake_in_the_code(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["script.py"])
    with pytest.raises(ZeroDivisionError):
        run_script(lambda: 1 / 0)


def test_a_message_is_safe_to_show_whatever_it_quotes(monkeypatch, capsys):
    def main(run):
        raise UserError(f"Expected a run, received {run}.")

    shown = r"Expected a run, received a\nb\x1b[31m\u202e."
    assert script(monkeypatch, capsys, main, ["run"], "a\nb\x1b[31m\u202e") == (2, f"error: {shown}\n")
    _, message = script(monkeypatch, capsys, main, [], "\x1b[31m")
    assert message == "Expected arguments: none, received: \\x1b[31m\n"
