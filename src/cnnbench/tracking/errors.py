"""MLflow's errors as one line, without passwords; and what a user is told who loses nothing by them."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import unquote

from cnnbench.core.errors import UserError

_USER = re.compile(r"(\w[\w+.-]*://)[^\s/@]+@")
_QUERY = re.compile(r"((?:password|passwd|pwd|token|secret)=)[^&\s'\"]+", re.IGNORECASE)
_URIS = ("MLFLOW_TRACKING_URI", "MLFLOW_REGISTRY_URI")
_SECRETS = ("MLFLOW_TRACKING_PASSWORD", "MLFLOW_TRACKING_TOKEN")
_REFUSED = {"INVALID_PARAMETER_VALUE", "BAD_REQUEST"}  # MLflow's codes
_SHORT = 4  # letters: a shorter secret is a part of other words, too
_LENGTH = 300  # characters of a reason: SQLAlchemy's messages hold whole statements


class StoreError(UserError):
    """MLflow's store cannot be had, or does not take what it is given.

    Attributes:
        reason: What MLflow, its database or the network said, in one line and without passwords.
        refused: Whether MLflow would say the same of the same figures tomorrow.
    """

    def __init__(self, reason: str, *, refused: bool = False) -> None:
        self.refused = refused
        self.reason = redact(" ".join(reason.split()))[:_LENGTH]
        super().__init__(f"Expected a working MLflow store, received {self.reason}; see MLFLOW_TRACKING_URI.")


@contextmanager
def store_errors() -> Iterator[None]:
    """Turns whatever MLflow, its database or the network raises in the block into a `StoreError`."""
    try:
        yield
    except UserError:
        raise
    except Exception as error:  # MLflow, SQLAlchemy and the network share no base class
        refused = getattr(error, "error_code", "") in _REFUSED
        raise StoreError(f"{type(error).__name__}: {error}", refused=refused) from None


def warn(reason: str) -> None:
    """Tells that MLflow has failed, and that nothing is lost by it."""
    print(f"warning: MLflow: {reason}: results are saved; `cnnbench track` adds the run.", file=sys.stderr, flush=True)


def redact(text: str) -> str:
    """A text without the names, passwords and tokens of the environment's MLflow, or of any URI in it."""
    for secret in sorted(_secrets(), key=len, reverse=True):
        text = text.replace(secret, "***")
    return _QUERY.sub(r"\1***", _USER.sub(r"\1***@", text))


def _secrets() -> set[str]:
    found = {os.environ.get(name, "") for name in _SECRETS}
    for name in _URIS:
        # The last @: a password may hold one.
        user, at, _ = os.environ.get(name, "").partition("://")[2].rpartition("@")
        if at:
            password = user.partition(":")[2] or user  # a token may stand alone
            found |= {password, unquote(password)}
    return {secret for secret in found if len(secret) >= _SHORT}
