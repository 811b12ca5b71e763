"""A commit of the work tree as it stands, for clones on other machines: branch, index and work tree stay as they are.

What is not committed is in it too, and what is not added; not what git ignores, and no secret: DVC's configuration is
written anew with the settings that are no secret, and new files that are named like secrets are left out.
"""

from __future__ import annotations

import hashlib
import os
import platform
import re
import shutil
import subprocess
import tempfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from cnnbench.core.errors import UserError

BRANCH = "snapshot"  # of the bundle
_SECRET = re.compile(
    r"(^|/)(\.env(\..+)?|\.netrc|\.pgpass|\.pypirc|\.npmrc|\.htpasswd|kaggle\.json|id_(rsa|dsa|ecdsa|ed25519)"
    r"|config\.local|.*(credential|secret|passw|token).*\.(json|ya?ml|toml|ini|cfg|conf|txt|csv)"
    r"|(.*[._-])?(credentials?|secrets?|passwords?|tokens?)|.*\.(pem|key|p12|pfx|keystore|jks|kdbx))$"
    r"|(^|/)\.(aws|ssh|gnupg|kube|azure|kaggle|docker)/",
    re.IGNORECASE,
)
_SECTIONS = ("core", "cache", "hydra", "parsing", "plots")
_OF_MACHINE = {"core": ("remote", "site_cache_dir"), "cache": ("dir",)}
_PUBLIC = (
    "account_name",
    "allow_agent",
    "connect_timeout",
    "endpointurl",
    "gss_auth",
    "jobs",
    "listobjects",
    "max_sessions",
    "port",
    "profile",
    "projectname",
    "read_timeout",
    "region",
    "sse",
    "ssl_verify",
    "timeout",
    "url",
    "use_ssl",
    "user",
    "verify",
)
"""What of a remote's settings is no secret: all others stay here, and a worker has its own."""


@dataclass(frozen=True)
class Snapshot:
    """A commit, and how a clone of it finds DVC's remote.

    Attributes:
        commit: Its id, the same for the same files.
        folder: Of the DVC repository within git's.
        config: Text of its .dvc/config.
        files: All that it holds, as paths from `folder`.
        left_out: New files that look like secrets.
    """

    commit: str
    folder: str
    config: str
    files: frozenset[str]
    left_out: tuple[str, ...]

    @property
    def project(self) -> str:
        """Names this user's repository among others on a machine."""
        return f"{Path.cwd().name}-{hashlib.sha256(f'{platform.node()}:{Path.cwd()}'.encode()).hexdigest()[:12]}"

    @property
    def bundle(self) -> str:
        """The name of its file in the remote."""
        return f"{self.commit}.bundle"


def is_secret(path: str) -> bool:
    """Whether a file is named as those are that hold passwords and keys."""
    return bool(_SECRET.search(path))


@contextmanager
def taken(root: Path, outputs: Collection[str] = ()) -> Iterator[tuple[Snapshot, Path]]:
    """Takes one, and yields it with its bundle, a file for `git clone`, which is there as long as the block lasts.

    Args:
        root: Of DVC's repository.
        outputs: Paths from there of what DVC keeps, which stays out, though git may not ignore it yet: DVC writes
            its .gitignore when all has gone well.

    Raises:
        UserError: There is no git, or it refuses; or DVC has no remote that can serve.
    """
    config = public_config(root)
    top = Path(_git(root, "rev-parse", "--show-toplevel"))
    folder = root.resolve().relative_to(top.resolve()).as_posix()
    with tempfile.TemporaryDirectory(prefix="cnnbench-") as scratch:
        place = Path(scratch)
        objects = _git(root, "rev-parse", "--path-format=absolute", "--git-path", "objects")
        index = Path(_git(root, "rev-parse", "--path-format=absolute", "--git-path", "index"))
        if index.exists():
            shutil.copyfile(index, place / "index")
            # older than every file, so git hashes them all. Else an edit of the same size within the second of a commit
            # would be taken for what was committed: DVC, which writes the index anew, does not mark such files
            os.utime(place / "index", (1, 1))
        (place / "objects").mkdir()
        aside = {
            "GIT_INDEX_FILE": str(place / "index"),
            "GIT_OBJECT_DIRECTORY": str(place / "objects"),
            "GIT_ALTERNATE_OBJECT_DIRECTORIES": objects,
        }

        def git(*arguments: str, given: str = "", **more: str) -> str:
            return _git(top, "-c", "core.autocrlf=false", *arguments, given=given, environment=aside | more)

        new = git("ls-files", "-z", "--others", "--exclude-standard").split("\0")
        left_out = tuple(name for name in new if is_secret(name))
        # git complains of those that it ignores
        kept = {PurePosixPath(folder, path) for path in outputs}
        written = {path for name in map(PurePosixPath, new) for path in (name, *name.parents)}
        kept_out = {*left_out, *map(str, kept & written)}
        paths = [".", *(f":(exclude,literal,top){name}" for name in sorted(kept_out))]
        git("add", "--all", "--pathspec-from-file=-", "--pathspec-file-nul", given="\0".join(paths))
        # large, another one each time, and of no use: what stages read comes with its hash
        git("rm", "-r", "--cached", "--quiet", "--ignore-unmatch", "--", ":(glob)**/dvc.lock")
        where = f"{folder}/.dvc/config" if folder != "." else ".dvc/config"
        blob = git("hash-object", "-w", "--stdin", given=config)
        git("update-index", "--add", "--cacheinfo", f"100644,{blob},{where}")
        # of nobody, at no time, without a parent: the same files are the same commit
        people = {f"GIT_{who}_{what}": "cnnbench" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        dates = {f"GIT_{who}_DATE": "2000-01-01T00:00:00Z" for who in ("AUTHOR", "COMMITTER")}
        tree = git("write-tree")
        commit = git("-c", "commit.gpgSign=false", "commit-tree", tree, "-m", BRANCH, **people, **dates)
        names = git("ls-tree", "-r", "-z", "--name-only", "--full-tree", f"{commit}:{'' if folder == '.' else folder}")
        bundle = _bundle(place, commit, [str(place / "objects"), objects])
        yield Snapshot(commit, folder, config, frozenset(names.split("\0")), left_out), bundle


def _bundle(place: Path, commit: str, objects: list[str]) -> Path:
    """Packs a commit, from a repository of its own: a bundle needs a branch, which the user's must not get."""
    bare, bundle = place / "bare", place / "bundle"
    kind = "sha256" if len(commit) == 64 else "sha1"
    _git(place, "init", "--quiet", "--bare", "--template=", f"--object-format={kind}", str(bare))
    (bare / "objects/info").mkdir(parents=True, exist_ok=True)
    (bare / "objects/info/alternates").write_text("".join(f"{path}\n" for path in objects), encoding="utf-8")
    _git(bare, "update-ref", f"refs/heads/{BRANCH}", commit)
    _git(bare, "bundle", "create", "--quiet", str(bundle), f"refs/heads/{BRANCH}")
    return bundle


def public_config(root: Path) -> str:
    """DVC's configuration without what is a secret or this machine's own, with the one remote that is used.

    Raises:
        UserError: There is no remote, or none that can serve.
    """
    from configobj import ConfigObj
    from dvc.config import Config, ConfigError

    try:
        config = Config(str(root / ".dvc"))
        own = config.load_one("repo")
    except ConfigError as error:
        raise UserError(
            f"Expected a DVC configuration that can be read, received: {' '.join(str(error).split())}."
        ) from None
    name = str(config["core"].get("remote", "")).lower()
    if name not in config["remote"]:
        raise UserError(
            f"Expected a DVC remote for --clones, received {repr(name) if name else 'none'}: "
            "`dvc remote add --default storage s3://bucket/folder`, or a folder or SSH, as in README."
        )
    settings = config["remote"][name]
    scheme = urlsplit(str(settings["url"])).scheme
    if scheme in ("http", "https", "webdav", "webdavs") or settings.get("version_aware") or settings.get("worktree"):
        raise UserError(
            f"Expected a remote that can hold DVC's run cache, received {_without_password(str(settings['url']))}: "
            "take a folder, S3, Azure, Google or SSH, without version_aware and worktree."
        )
    text = ConfigObj()
    for section in _SECTIONS:
        kept = {key: value for key, value in own[section].items() if key not in _OF_MACHINE.get(section, ())}
        text[section] = kept | ({"remote": name} if section == "core" else {})
    for one in _with_base(config["remote"], name):
        given = config["remote"][one]
        public: dict[str, Any] = {key: given[key] for key in _PUBLIC if key in given}
        text[f'remote "{one}"'] = public | {"url": _without_password(str(given["url"]))}
    return "".join(f"{line}\n" for line in text.write())


def _with_base(remotes: Mapping[str, Any], name: str) -> Iterator[str]:
    """A remote, and those that its address is within: remote://server/folder."""
    yield name
    address = urlsplit(str(remotes[name]["url"]))
    if address.scheme == "remote" and address.netloc.lower() in remotes:
        yield from _with_base(remotes, address.netloc.lower())


def _without_password(url: str) -> str:
    return re.sub(r"^(\w+://[^/@:]*):[^/@]*@", r"\1@", url)


def _git(root: Path, *arguments: str, given: str = "", environment: Mapping[str, str] | None = None) -> str:
    # what git sets for its hooks names another index
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        done = subprocess.run(  # noqa: S603
            ["git", *arguments],  # noqa: S607
            cwd=root,
            env=inherited | dict(environment or {}),
            input=given,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="surrogateescape",
            check=False,
        )
    except OSError as error:
        raise UserError(f"Expected git for --clones, received: {error}.") from None
    if done.returncode:
        reason = " ".join(done.stderr.split()) or f"exit code {done.returncode}"
        raise UserError(f"Expected a git repository whose files can be committed, received of `git`: {reason}.")
    return done.stdout.rstrip("\n").rstrip("\0")
