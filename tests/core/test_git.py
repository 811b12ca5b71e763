"""What git says, and what is said where it says nothing."""

import subprocess

from cnnbench.core import git


def test_a_file_of_a_commit(tmp_path):
    people = ["-c", "user.name=t", "-c", "user.email=t@t"]
    (tmp_path / "a").write_text("é\n", encoding="utf-8")
    for command in (["init", "--quiet"], ["add", "a"], [*people, "commit", "--quiet", "--message", "m"]):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    assert git.read("show", "HEAD:./a", root=tmp_path) == "é"
    assert git.read("show", "HEAD:./b", root=tmp_path) == ""


def test_no_repository_and_no_git_say_nothing(tmp_path, monkeypatch):
    assert git.read("rev-parse", "HEAD", root=tmp_path) == ""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert git.read("--version") == ""
