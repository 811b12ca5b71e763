"""What `cnnbench tune` searches for a run of `params.yaml`."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from cnnbench.config.section import Rate, Section

_Bound = Annotated[float, Field(ge=0)]
_Positive = Annotated[list[Rate], Field(min_length=2, max_length=2)]
_Range = Annotated[list[_Bound], Field(min_length=2, max_length=2)]


class Search(Section):
    """Ranges of the knobs, as [lowest, highest]; a knob left out has its default range, null is not searched.

    Attributes:
        lr, weight_decay, l2: Of the recipe, drawn by their logarithm.
        label_smoothing: Of the recipe.
        augmentation: A factor on the recipe's, or on a usual one where the recipe has none; 0 is none.
        freeze: What is frozen, as in the recipe: a list of choices.
    """

    lr: _Positive | None = None
    weight_decay: _Positive | None = None
    l2: _Positive | None = None
    label_smoothing: _Range | None = None
    augmentation: _Range | None = None
    freeze: Annotated[list[str], Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _rises(self) -> Self:
        for name in self.model_fields_set - {"freeze"}:
            given = getattr(self, name)
            if given and given[0] >= given[1]:
                raise ValueError(f"a range [lowest, highest] as {name}, received {given}")
        if self.label_smoothing and self.label_smoothing[1] >= 1:
            raise ValueError(f"a label_smoothing below 1, received {self.label_smoothing[1]:g}")
        return self
