"""A commit of the work tree as it stands, without a trace in the repository and without secrets."""

import contextlib
import os
import subprocess
from pathlib import Path

import pytest

from cnnbench.core.errors import UserError
from cnnbench.running import snapshot

pytestmark = pytest.mark.filterwarnings("ignore")  # DVC's own


@pytest.fixture
def stored(toy, tmp_path):
    """The repository with a remote."""
    toy.dvc("remote", "add", "--default", "storage", str(tmp_path / "remote"))
    toy.git("commit", "--quiet", "--all", "--message", "a remote")
    return toy


def take(root, folder=None):
    """The snapshot, and a clone of it."""
    with snapshot.taken(root) as (taken, bundle):
        if folder:
            command = ["git", "clone", "--quiet", "--branch", snapshot.BRANCH, bundle, folder]
            subprocess.run(command, check=True)
    return taken


def files(folder):
    found = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return {path.as_posix() for path in found if path.parts[0] != ".git"}


def test_it_has_an_edit_that_git_takes_for_what_was_committed(stored, tmp_path):
    file = stored.folder / "stage.sh"
    stored.git("config", "core.trustctime", "false")
    os.utime(file, (10**9, 10**9))
    stored.git("commit", "--quiet", "--all", "--allow-empty", "--message", "stat data in the index")
    stored.git("status")
    edited = file.read_text().upper()
    file.write_text(edited)
    os.utime(file, (10**9, 10**9))
    assert "stage.sh" not in stored.git("status", "--porcelain")
    take(stored.folder, tmp_path / "clone")
    assert (tmp_path / "clone/stage.sh").read_text() == edited


def test_it_has_what_is_not_committed_and_leaves_no_trace(stored, tmp_path):
    root = stored.folder
    (root / "stage.sh").write_text("edited\n")
    (root / "staged").write_text("staged\n")
    stored.git("add", "staged")
    (root / "staged").write_text("and edited\n")
    (root / "new").mkdir()
    (root / "new/größe").write_text("new\n")
    (root / "dvc.yaml").rename(root / "renamed.yaml")
    (root / "dvc.lock").write_text("of no use there\n")
    (root / "do").mkdir()
    (root / "do/x").write_text("ignored\n")
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    taken = take(root, tmp_path / "clone")
    assert {path: path.read_bytes() for path in root.rglob("*") if path.is_file()} == before
    clone = tmp_path / "clone"
    assert files(clone) == taken.files
    assert {"stage.sh", "staged", "new/größe", "renamed.yaml", "params.yaml", ".dvc/config"} <= taken.files
    assert not {"dvc.yaml", "dvc.lock", "do/x"} & taken.files
    for name in ("stage.sh", "staged", "new/größe"):
        assert (clone / name).read_bytes() == (root / name).read_bytes()
    assert take(root).commit == taken.commit, "the same files are the same commit"
    (root / "stage.sh").write_text("edited again\n")
    assert take(root).commit != taken.commit


def test_no_secret_is_in_it(stored, tmp_path):
    root = stored.folder
    hidden = "hunter2"
    secrets = ["kaggle.json", ".env", ".env.local", "deploy.pem", "my_credentials.json", "id_rsa", ".aws/credentials"]
    for name in secrets:
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(hidden)
    (root / "token_counts.py").write_text("no secret\n")
    stored.dvc("remote", "add", "--force", "--default", "storage", f"ssh://someone:{hidden}@host.invalid/of/us")
    stored.dvc("remote", "modify", "storage", "port", "2222")
    stored.dvc("remote", "modify", "storage", "password", hidden)  # in the file that git has
    stored.dvc("remote", "add", "other", f"s3://bucket/{hidden}")
    stored.dvc("config", "--local", "core.remote", "storage")
    taken = take(root, tmp_path / "clone")
    assert set(taken.left_out) == set(secrets)
    assert "token_counts.py" in taken.files
    for name in taken.files:
        assert hidden not in (tmp_path / "clone" / name).read_text()
    assert "url = ssh://someone@host.invalid/of/us\n" in taken.config
    assert "port = 2222\n" in taken.config
    assert (tmp_path / "clone/.dvc/config").read_text() == taken.config


def test_a_repository_within_another(stored, tmp_path):
    outer = tmp_path / "outer"
    stored.folder.joinpath(".git").rename(tmp_path / "old")
    outer.mkdir()
    stored.folder.rename(outer / "inner.")
    (outer / "beside").touch()
    subprocess.run(["git", "init", "--quiet", outer], check=True)
    taken = take(outer / "inner.", tmp_path / "clone")
    assert taken.folder == "inner."
    assert "stage.sh" in taken.files
    assert (tmp_path / "clone/inner./.dvc/config").exists()
    assert (tmp_path / "clone/beside").exists()


def test_relative_and_nested_remotes(stored):
    stored.dvc("remote", "add", "--force", "--default", "storage", "../beside")
    assert f"url = {stored.folder.parent / 'beside'}\n" in take(stored.folder).config
    stored.dvc("remote", "add", "server", "ssh://host.invalid/of")
    stored.dvc("remote", "add", "--force", "--default", "storage", "remote://server/us")
    config = take(stored.folder).config
    assert "url = remote://server/us\n" in config
    assert "url = ssh://host.invalid/of\n" in config


@pytest.mark.parametrize(
    ("commands", "message"),
    [
        ([("remote", "remove", "storage")], r"Expected a DVC remote for --clones, received none: `dvc remote add"),
        ([("config", "core.remote", "nosuch")], r"Expected a DVC (remote|configuration).*nosuch"),
        (
            [("remote", "modify", "storage", "url", "https://u:p@host.invalid/x")],
            r"can hold .*https://u@host.invalid/x:",
        ),
        (
            [
                ("remote", "modify", "storage", "url", "s3://b/x"),
                ("remote", "modify", "storage", "version_aware", "true"),
            ],
            "can hold",
        ),
    ],
)
def test_a_remote_that_cannot_serve_is_one_line(stored, commands, message):
    for command in commands:
        with contextlib.suppress(AssertionError):
            stored.dvc(*command)
    with pytest.raises(UserError, match=message):
        take(stored.folder)


def test_git_that_refuses_is_one_line(stored, tmp_path, monkeypatch):
    (stored.folder / ".git").rename(tmp_path / "gone")
    with pytest.raises(
        UserError, match="Expected a git repository whose files can be committed, received of `git`: fatal"
    ):
        take(stored.folder)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(UserError, match="Expected git for --clones, received: "):
        take(Path())
