"""What a shell completes, asked of the shells that are here."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cnnbench import cli

ROOT = Path(__file__).parents[2]
ASK = {
    "bash": """source "$1"; COMP_WORDS=($2 ''); [[ $2 == *' ' ]] || COMP_WORDS=($2)
        COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); COMPREPLY=()
        "$(complete -p cnnbench | sed 's/.*-F \\([^ ]*\\).*/\\1/')"; printf '%s\\n' "${COMPREPLY[@]}" """,
    "fish": """source $argv[1]; complete -C "$argv[2]" | string split -f1 \\t""",
}


@pytest.fixture(scope="module")
def scripts(tmp_path_factory):
    """The script of each shell."""
    folder = tmp_path_factory.mktemp("completion")
    for shell in ("bash", "fish", "zsh"):
        code = f"import sys; from cnnbench import cli; sys.exit(cli.main(['--completion', '{shell}']))"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        (folder / shell).write_text(done.stdout)
    return folder


@pytest.mark.parametrize("shell", ASK)
@pytest.mark.parametrize(
    ("line", "some"),
    [
        ("cnnbench ru", ["runs"]),
        ("cnnbench runs mni", ["mnist-mnist_cnn"]),
        ("cnnbench compare mnist-mnist_cnn brain", ["brain_tumor-plain_cnn", "brain_tumor-vgg16"]),
        ("cnnbench runs --datasets chest", ["chest_xray"]),
        ("cnnbench runs --networks vgg", ["vgg16"]),
        ("cnnbench check --params param", ["params.yaml"]),
        ("cnnbench check --format m", ["markdown"]),
    ],
)
def test_commands_and_names_are_completed(scripts, shell, line, some):
    if not shutil.which(shell):
        pytest.skip(f"there is no {shell} here")
    done = subprocess.run(
        [shell, "-c", ASK[shell], *(["_"] if shell == "bash" else []), scripts / shell, line],
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    assert [word for word in done.stdout.splitlines() if word] == some


@pytest.mark.parametrize("shell", ["bash", "fish", "zsh"])
def test_scripts_ask_params_yaml_and_start_no_python(scripts, shell):
    text = (scripts / shell).read_text()
    assert "sed -n '/^runs:/" in text
    assert "python" not in text


def test_outside_of_a_repository_nothing_is_offered(scripts, tmp_path):
    done = subprocess.run(
        ["bash", "-c", ASK["bash"], "_", scripts / "bash", "cnnbench runs mni"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert done.stdout.strip() == ""
    assert done.stderr == ""


def test_another_shell_is_wrong_usage(capsys):
    with pytest.raises(SystemExit) as stop:
        cli.main(["--completion", "cmd"])
    assert stop.value.code == 2
    assert "invalid choice: 'cmd'" in capsys.readouterr().err


def test_help_says_how(capsys):
    with pytest.raises(SystemExit):
        cli.main(["--help"])
    assert "cnnbench --completion bash >" in capsys.readouterr().out
