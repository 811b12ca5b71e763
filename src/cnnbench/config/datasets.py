"""The entry of a data set in `params.yaml`: source, number of examples, and split."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from cnnbench.config.section import Fraction, Name, Positive, Section, Seed

LONGEST_SIDE = 16_384
"""Pixels of a stored image, which is held whole in memory; a slip of the keyboard is longer."""
Side = Annotated[int, Field(gt=0, le=LONGEST_SIDE)]

# ten, since shares are tenths: a part is then a number of whole folds
FOLDS = 10
PARTS = ("train", "val", "test")

Task = Literal["classification", "regression"]
Protocol = Literal["grouped", "image-level", "official", "given"]
FIXED: tuple[Protocol, ...] = ("official", "given")
"""Protocols with a given test part, which does not turn with the fold of a run."""
NearCopies = Literal["join", "report", "ignore"]
OWN = "folder"
"""The definition of a user's own images."""
Fit = Literal["stretch", "pad", "crop"]


RESERVED = frozenset(
    (
        "id", "label", "group", "part", "sha256", "near", "unit", "fold", "split", "protocol", "dropped", "warning",
        "perceptual_hash", "prediction", "threshold", "twin",
    )
)  # fmt: skip
"""Columns of the tables that stages write, which no attribute can be called; so are score_0, score_1 and on."""


def _is_ours(column: Any) -> bool:
    return column in RESERVED or str(column).startswith("score_")


def as_label(value: Any) -> Any:
    """A label as text: YAML reads the label 0 as a number; of true it does not tell the capitals."""
    if value is None or isinstance(value, bool):
        raise ValueError(f'a label as text, in quotes as the data have it, such as "True", received {value!r}')
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


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


class Columns(Section):
    """The columns of a user's table that hold what is needed.

    Attributes:
        file: The path of an image, below the folder of the table or below `root`.
        label: The class.
        group: Patient, lesion or slide; None takes the column group where there is one.
        split: train, val or test; None takes the column split where there is one.
    """

    file: str = "file"
    label: str = "label"
    group: str | None = None
    split: str | None = None


class SourceChoice(Section):
    """A source of a data set, and its settings.

    Attributes:
        name: Of the source.
        seed: Of the phantoms, and of the sample where the number of examples is capped.
        path: Of a user's own images: a folder, a table that lists them, or an array file.
        groups: A CSV file with the columns id and group, where file names do not tell the group.
        sha256: Expected of the archive or the table; None takes any.
        columns: Of the table.
        root: The folder of the images that the table lists; None: that of the table.
        extension: Added to the file names of the table, such as ".jpg".
        labels: New class names by old ones; what is not named is left out. None keeps all.
        where: Lines of the table that are taken: the value of a column, or several, such as {clinic: [a, b]}.
        attributes: Columns of the table that are kept for the metrics by subgroup, such as sex.
        positive: Of two classes, the one that sensitivity and precision are about; None guesses.
        range: The values of images of more than 8 bits that become black and white: two numbers, or percentile: the
            0.5th and the 99.5th of the whole data set. None finds them from the types and bits in use.
    """

    name: str
    seed: Seed = 0
    path: str | None = None
    groups: str | None = None
    sha256: str | None = None
    columns: Columns = Columns()
    root: str | None = None
    extension: str = ""
    labels: dict[str, str] | None = None
    where: dict[str, tuple[str, ...]] | None = None
    attributes: tuple[str, ...] = ()
    positive: str | None = None
    range: tuple[float, float] | Literal["percentile"] | None = None

    @field_validator("range", mode="before")
    @classmethod
    def _check_range(cls, value: Any) -> Any:
        if not isinstance(value, list | tuple):
            return value
        numbers = [number for number in value if isinstance(number, int | float) and not isinstance(number, bool)]
        if len(value) != 2 or len(numbers) != 2 or not numbers[0] < numbers[1]:
            raise ValueError(f"two numbers, the lower first, or percentile, received {value!r}")
        return tuple(float(number) for number in numbers)

    @field_validator("attributes", mode="before")
    @classmethod
    def _check_attributes(cls, value: Any) -> Any:
        if not isinstance(value, list | tuple):
            return value
        if (twice := next((name for i, name in enumerate(value) if name in value[:i]), None)) is not None:
            raise ValueError(f"each attribute once, received {twice!r} twice")
        if (taken := next((name for name in value if _is_ours(name)), None)) is not None:
            raise ValueError(f"attributes of other names than our own columns, received {taken!r}: rename the column")
        return tuple(value)

    @field_validator("positive", mode="before")
    @classmethod
    def _take_number(cls, value: Any) -> Any:
        return None if value is None else as_label(value)

    @field_validator("where", mode="before")
    @classmethod
    def _take_several(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        lists = {name: one if isinstance(one, list | tuple) else [one] for name, one in value.items()}
        if not value or not all(lists.values()):
            raise ValueError("a value, or several, per column, or no where: at all, received none")
        return {name: tuple(map(as_label, found)) for name, found in lists.items()}

    @field_validator("labels", mode="before")
    @classmethod
    def _take_numbers(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        if not value:
            raise ValueError("a new name per label, or no labels: at all, received none")
        return {as_label(old): as_label(new) for old, new in value.items()}


class Rule(Section):
    """The rule by which a data set is split.

    Attributes:
        protocol: "grouped": a group and its copies stay in one fold; "image-level": each image is dealt alone, as in
            the tutorials; "official": the publisher's test part, the rest as in grouped; "given": as in `file`.
        near_copies: Whether images that look alike are kept in one fold, only reported, or ignored. Left out, a user's
            own images are joined and others reported: nobody has looked at one's own.
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
        size: Height and width of the stored images in pixels, in `params.yaml` one number where they are the same; None
            for data that are not images.
        fit: How an image of another shape is brought to `size`: "stretch" changes its shape, "pad" adds black, "crop"
            cuts the longer side from the middle.
        split: In `params.yaml` a mapping, the name of a protocol, or the path of a split file.
    """

    source: SourceChoice
    examples: Positive | None
    size: tuple[Side, Side] | None
    fit: Fit = "stretch"
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
        match value.get("size"):
            case int() as side if not isinstance(side, bool):
                value["size"] = (side, side)
            case list() as sides if len(sides) == 2:
                value["size"] = tuple(sides)
            case None:
                pass
            case other:
                raise ValueError(f"size as a number of pixels, [height, width] or null, received {other!r}")
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

    def join_near_copies(self) -> Self:
        """The same, with near copies joined where `params.yaml` says nothing of them."""
        if "near_copies" in self.split.model_fields_set:
            return self
        return self.model_copy(update={"split": self.split.model_copy(update={"near_copies": "join"})})


class DataProfiles(Section):
    """A data set: its folder under `data/sets/`, and its settings in each profile."""

    definition: Name
    quick: Data
    full: Data
