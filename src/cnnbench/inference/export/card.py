"""The card beside an exported model: all that its users need without cnnbench."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cnnbench.inference import trained_run
from cnnbench.inference.export.fidelity import Comparison
from cnnbench.runs.record import RunRecord

_FIELDS = ("run", "dataset", "architecture", "task", "title", "origin", "synthetic", "licence", "citation")


def describe(
    run: RunRecord,
    model: Any,
    form: str,
    names: Sequence[str],
    model_sha256: str,
    comparison: Comparison,
) -> dict[str, Any]:
    """The content of the card.

    Args:
        run: The original's run.
        model: The original, a Keras model.
        form: One of `formats.FORMATS`.
        names: The exported files.
        model_sha256: Hash of the original's file.
        comparison: The exported model's with the original.

    Returns:
        Values that JSON can hold.
    """
    tensor = model.inputs[0]
    content: dict[str, Any] = {key: getattr(run, key) for key in _FIELDS}
    content |= {
        "format": form,
        "files": list(names),
        "model_sha256": model_sha256,  # the original's: it leads from any format back to the run's model
        "input": {"name": tensor.name, "shape": [None, *run.input_shape], "dtype": str(tensor.dtype)},
        "preprocessing": describe_preprocessing(run),
        "output": {"shape": list(model.output_shape), "dtype": "float32", "meaning": _meaning(run, model)},
    }
    if run.is_classification:
        content |= {
            "classes": list(run.classes),
            "temperature": run.temperature,
            "calibrated": "softmax(log(p) / temperature) over the probabilities p of all classes",
            "threshold": run.threshold,
            "decision": _decision(run),
        }
    return content | {
        "compared": {
            "test_examples": comparison.examples,
            "largest_difference": float(f"{comparison.difference:.3g}"),
            "tolerance": float(f"{comparison.tolerance:.3g}"),
        }
    }


def describe_preprocessing(run: RunRecord) -> str:
    """How an example becomes an input, in words."""
    if not run.is_image:
        features = ", ".join(trained_run.features(run))
        return f"numbers without scaling: {features or 'the columns in the order of the data set'}"
    height, width, channels = run.input_shape
    scale = {
        "stretch": "Image.resize(..., Image.Resampling.BILINEAR), not keeping the sides' ratio",
        "pad": "ImageOps.pad(..., Image.Resampling.BILINEAR), which adds black",
        "crop": "ImageOps.fit(..., Image.Resampling.BILINEAR), which cuts the longer side",
    }[run.fit]
    ranges = "".join(f"; {kind} from {low:g} to {high:g} to 0..255" for kind, (low, high) in run.ranges.items())
    return (
        f"decode, rotate by the EXIF orientation{ranges}, convert to {'grey' if channels == 1 else 'RGB'}, transparent "
        f"pixels black; scale to {width}x{height} with Pillow's {scale}; leave the pixels as bytes 0..255: the model "
        "scales them"
    )


def _meaning(run: RunRecord, model: Any) -> str:
    if not run.is_classification:
        return f"the value in {run.unit or 'the unit of the data'}"
    if model.output_shape[-1] == 1:
        return f"the probability of {run.classes[1]}, not calibrated"
    return "the probability of each class, in their order, not calibrated"


def _decision(run: RunRecord) -> str:
    if run.operating_point is None:
        return "the class of the highest score"
    return f"{run.classes[1]} where its probability, not calibrated, reaches the threshold"
