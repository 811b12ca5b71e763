"""Where the user's repository is."""

from pathlib import Path

from cnnbench.core import paths


def test_the_repository_is_the_users_own(tmp_path, monkeypatch):
    monkeypatch.delenv("DVC_ROOT", raising=False)
    (tmp_path / ".dvc").mkdir()
    inside = tmp_path / "src" / "deep"
    inside.mkdir(parents=True)
    monkeypatch.chdir(inside)
    assert paths.repository() == tmp_path
    monkeypatch.setenv("DVC_ROOT", "/elsewhere")  # as DVC sets it in the copy in which an experiment works
    assert paths.repository() == Path("/elsewhere")
