"""Kaggle's official client, in a process of its own.

It authenticates as soon as it is imported, prints messages, may end the process, and with VERBOSE set prints every
header, the key among them. None of its output is passed on: this process receives only a size, an HTTP status or the
type of an error, and never a credential.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from cnnbench.core import files, interrupts
from cnnbench.core.errors import UserError
from cnnbench.core.progress import bar
from cnnbench.data.sources import extras
from cnnbench.data.sources.disk import require_room

_POLL = 0.2  # seconds between two updates of the bar
_REMEDY = "or download {archive} by hand from https://www.kaggle.com/datasets/{slug} into the folder of `archives:`."
_STATUS = {
    401: "make a new token in your settings on Kaggle",
    403: "accept its terms on its page on Kaggle, or make a new token",
    404: "look whether it has moved",
}


def has_credentials() -> bool:
    """Whether there are credentials where the client searches for them; they are not read."""
    variables = os.environ.get
    if variables("KAGGLE_API_TOKEN") or (variables("KAGGLE_USERNAME") and variables("KAGGLE_KEY")):
        return True
    home = Path("~/.kaggle").expanduser()
    other = Path(variables("XDG_CONFIG_HOME") or "~/.config").expanduser() / "kaggle"
    folders = [Path(named)] if (named := variables("KAGGLE_CONFIG_DIR")) else [home, other]
    tokens = [home / name for name in ("access_token", "access_token.txt", "credentials.json")]
    return any(path.is_file() for path in (*tokens, *(folder / "kaggle.json" for folder in folders)))


def download(slug: str, target: Path) -> None:
    """Downloads the archive of a data set; the client resumes up to five times after a lost connection.

    Args:
        slug: Owner and name of the data set.
        target: The file to write.

    Raises:
        UserError: Kaggle cannot be reached or refuses, or the disk is full. Nothing is left of the file.
    """
    extras.require("kaggle", "Kaggle's client,")
    archive = slug.split("/")[1] + ".zip"
    remedy = _REMEDY.format(archive=archive, slug=slug)
    environment = {name: value for name, value in os.environ.items() if name not in ("VERBOSE", "VERBOSE_OUTPUT")}
    environment[interrupts.PARENT] = str(os.getpid())  # it ends with this process
    with files.scratch(target.parent) as folder:
        client = subprocess.Popen(  # noqa: S603  # the slug comes from a file under datasets/
            [sys.executable, "-m", __name__, slug, str(folder)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
        )
        try:
            answer = _receive(client)
            if "size" in answer:
                require_room(target.parent, answer["size"])
                _show_progress(client, folder / archive, answer["size"])
                answer = _receive(client)
        finally:
            client.kill()
            # waits for its end and closes the pipe
            client.communicate()
        if answer.get("done"):
            # a rename, since the folder is beside the target
            (folder / archive).replace(target)
        elif "status" in answer:
            status = answer["status"]
            todo = _STATUS.get(status, "try again later")
            raise UserError(f"Expected {slug} from Kaggle, received HTTP status {status}: {todo}, {remedy}")
        elif "refused" in answer:
            raise UserError(f"Expected credentials that Kaggle accepts, received others: {_STATUS[401]}, {remedy}")
        else:
            reason = answer.get("error", "no answer")
            raise UserError(f"Expected {slug} from Kaggle, received {reason}: check the network, {remedy}")


def _receive(client: subprocess.Popen[bytes]) -> dict[str, Any]:
    line = client.stdout.readline() if client.stdout else b""
    return dict(json.loads(line)) if line else {}


def _show_progress(client: subprocess.Popen[bytes], path: Path, size: int) -> None:
    seen = 0
    # 0 where Kaggle states no length; the bar then has no end
    with bar(f"downloading {path.name}", size or None) as advance:
        while client.poll() is None:
            time.sleep(_POLL)
            now = path.stat().st_size if path.exists() else 0
            advance(now - seen)
            seen = now


def _main(slug: str, folder: str) -> None:
    """The other process: prints a line of JSON with the size, and one with the outcome."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # the output of the client goes to stderr, which the parent discards

    def report(**message: Any) -> None:
        print(json.dumps(message), file=out, flush=True)

    try:
        from kaggle.api.kaggle_api_extended import KaggleApi

        class Client(KaggleApi):  # type: ignore[misc]  # the library has no types
            # called when the headers are here: the parent checks the disk before it fills up
            def download_needed(self, response: Any, outfile: str, quiet: bool = True) -> bool:  # noqa: ARG002
                report(size=int(response.headers.get("Content-Length") or 0))
                return True

        client = Client()
        client.authenticate()
        client.dataset_download_files(slug, path=folder, quiet=True)
        report(done=True)
    except SystemExit:  # the client exits where no credential is valid
        report(refused=True)
    except Exception as error:
        status = getattr(getattr(error, "response", None), "status_code", None)
        report(**({"error": type(error).__name__} if status is None else {"status": status}))


if __name__ == "__main__":
    with interrupts.handled():
        _main(*sys.argv[1:])
