"""The JSON files that one stage leaves for another: each has a model, and is read through it."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict

from cnnbench.core.errors import UserError


class StoredModel(BaseModel):
    """The content of a JSON file: frozen, and without a key that is not known."""

    # forbid: a key of another version must not be ignored in silence
    model_config = ConfigDict(frozen=True, extra="forbid")

    @classmethod
    def read(cls, path: Path, stage: str) -> Self:
        """Reads the file that a stage, such as download@mnist, has written.

        Raises:
            UserError: It is missing, damaged or of another version.
        """
        try:
            return cls.model_validate_json(path.read_bytes())
        except FileNotFoundError:
            raise UserError(f"Expected {path}, received none: run `dvc repro {stage}` first.") from None
        except ValueError:  # of JSON, and of pydantic
            raise UserError(
                f"Expected {path} as this version writes it, received another: run `dvc repro -f {stage}`."
            ) from None
