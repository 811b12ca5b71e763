"""The entry of a data set in `params.yaml`: source, number of examples, and split."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import model_validator

from cnnbench.config.section import Fraction, Name, Positive, Section, Seed

# ten, since shares are tenths: a part is then a number of whole folds
FOLDS = 10
PARTS = ("train", "val", "test")

Task = Literal["classification", "regression"]
Protocol = Literal["grouped", "image-level", "official", "given"]
FIXED: tuple[Protocol, ...] = ("official", "given")
"""Protocols with a given test part, which does not turn with the fold of a run."""
NearCopies = Literal["join", "report", "ignore"]


class Split(Section):
    """Shares of the examples, in tenths, and the seed of the ten folds."""

    train: Fraction
    val: Fraction
    test: Fraction
    seed: Seed

    @model_validator(mode="after")
    def _check_shares(self) -> Self:
        shares = (self.train, self.val, self.test)
        # in floats 0.7 + 0.2 + 0.1 is not 1
        if abs(sum(shares) - 1) > 1e-9:
            raise ValueError(f"shares that sum to 1, received {' + '.join(map(str, shares))} = {sum(shares):g}")
        if any(abs(share * FOLDS - round(share * FOLDS)) > 1e-9 or share <= 0 for share in shares):
            raise ValueError(f"shares that are whole tenths above 0, received {', '.join(map(str, shares))}")
        return self


class SourceChoice(Section):
    """A source of a data set, and its settings.

    Attributes:
        name: Of the source.
        seed: Of the phantoms, and of the sample where the number of examples is capped.
        path: Of a user's own images: a folder, or a CSV file that lists them.
        groups: A CSV file with the columns id and group, where file names do not tell the group.
        sha256: Expected of the archive or the CSV file; None takes any.
    """

    name: str
    seed: Seed = 0
    path: str | None = None
    groups: str | None = None
    sha256: str | None = None


class Rule(Section):
    """The rule by which a data set is split.

    Attributes:
        protocol: "grouped": a group and its copies stay in one fold; "image-level": each image is dealt alone, as in
            the tutorials; "official": the publisher's test part, the rest as in grouped; "given": as in `file`.
        near_copies: Whether images that look alike are kept in one fold, only reported, or ignored.
        file: A split file to use instead of a new split.
    """

    protocol: Protocol = "grouped"
    near_copies: NearCopies = "report"
    file: str | None = None

    @model_validator(mode="after")
    def _check_file(self) -> Self:
        if (self.file is None) == (self.protocol == "given"):
            raise ValueError("a file with protocol: given, and none without")
        return self


class Data(Section):
    """A data set in one profile.

    Attributes:
        source: One of the sources of the data set.
        examples: Largest number of examples; None for all.
        size: Side of the stored images in pixels; None for data that are not images.
        split: In `params.yaml` a mapping, the name of a protocol, or the path of a split file.
    """

    source: SourceChoice
    examples: Positive | None
    size: Positive | None
    split: Rule = Rule()

    @model_validator(mode="before")
    @classmethod
    def _expand_short_forms(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        # the caller's mapping is not ours to change
        value = dict(value)
        if isinstance(value.get("source"), str):
            value["source"] = {"name": value["source"]}
        match value.get("split"):
            case "grouped" | "image-level" | "official" as protocol:
                value["split"] = {"protocol": protocol}
            case str() as file if file.endswith((".parquet", ".csv")):
                value["split"] = {"protocol": "given", "file": file}
            case str() as other:
                raise ValueError(
                    "split as grouped, image-level, official or the path of a .parquet or .csv file, "
                    f"received {other!r}"
                )
        return value


class DataProfiles(Section):
    """A data set: its folder under `data/sets/`, and its settings in each profile."""

    definition: Name
    quick: Data
    full: Data
