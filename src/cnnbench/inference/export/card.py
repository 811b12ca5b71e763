"""The card beside an exported model: all that its users need to know to do without cnnbench."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cnnbench.core import files
from cnnbench.inference.export.fidelity import Comparison
from cnnbench.inference.trained_run import TrainedRun

_OF_RUN = ("run", "dataset", "architecture", "task", "title", "origin", "synthetic", "licence", "citation")


def card(
    run: TrainedRun,
    model: Any,
    form: str,
    names: Sequence[str],
    temperature: float | None,
    comparison: Comparison,
) -> dict[str, Any]:
    """Describes an exported model.

    Args:
        run: Where it comes from.
        model: The original, a Keras model.
        form: One of `formats.FORMATS`.
        names: Of its files.
        temperature: Of its classes; None for a regression.
        comparison: With the original.

    Returns:
        What JSON can hold.
    """
    entrance = model.inputs[0]
    described: dict[str, Any] = {key: run.about.get(key) for key in _OF_RUN}
    described |= {"format": form, "files": list(names), "model_sha256": files.sha256(run.model)}
    described |= {
        "input": {"name": entrance.name, "shape": [None, *run.input_shape], "dtype": str(entrance.dtype)},
        "preprocessing": _preprocessing(run),
        "output": {"shape": list(model.output_shape), "dtype": "float32", "meaning": _meaning(run, model)},
    }
    if temperature is not None:
        described |= {
            "classes": list(run.classes),
            "temperature": temperature,
            "calibrated": "softmax(log(p) / temperature) over the probabilities p of all classes",
            "threshold": run.threshold,
            "decision": _decision(run),
        }
    return described | {
        "compared": {
            "test_examples": comparison.examples,
            "largest_difference": float(f"{comparison.difference:.3g}"),
            "tolerance": float(f"{comparison.tolerance:.3g}"),
        }
    }


def _preprocessing(run: TrainedRun) -> str:
    if len(run.input_shape) != 3:
        named = ", ".join(run.features)
        return f"numbers as they are: {named or 'the columns in the order of the data set'}"
    height, width, channels = run.input_shape
    return (
        f"decode, turn as EXIF says, convert to {'grey' if channels == 1 else 'RGB'}, transparent pixels black; "
        f"scale to {width}x{height} with Pillow's Image.resize(..., Image.Resampling.BILINEAR), not keeping the sides' "
        "ratio; leave the pixels as bytes 0..255: the model scales them"
    )


def _meaning(run: TrainedRun, model: Any) -> str:
    if not run.classes:
        return f"the value in {run.about.get('unit') or 'the unit of the data'}"
    if model.output_shape[-1] == 1:
        return f"the probability of {run.classes[1]}, not calibrated"
    return "the probability of each class, in their order, not calibrated"


def _decision(run: TrainedRun) -> str:
    if run.operating_point is None:
        return "the likelier class"
    return f"{run.classes[1]} from the threshold on, of its probability before it is calibrated"
