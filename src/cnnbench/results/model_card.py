"""README.md of an exported model: a model card as Hugging Face reads it, a head in YAML and text in Markdown.

The keys of the head are those of the specification, modelcard.md in github.com/huggingface/hub-docs.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterator
from typing import Any

from cnnbench.core.markdown import bullets, escape, table
from cnnbench.core.printable import printable
from cnnbench.inference.export import card
from cnnbench.metrics import lookup
from cnnbench.results import checklist_links, model_note
from cnnbench.results.run_result import RunResult

_LICENCES = {"CC0 1.0": "cc0-1.0", "CC BY 4.0": "cc-by-4.0", "CC BY-SA 3.0": "cc-by-sa-3.0"}
"""Hugging Face's identifiers of licences of data, as the data sets spell them."""
_METRICS = {
    "accuracy": "accuracy",
    "precision_macro": "precision",
    "f1_macro": "f1",
    "matthews": "matthews_correlation",
    "roc_auc": "roc_auc",
    "mae": "mae",
    "r2": "r_squared",
}
"""Hugging Face's identifiers of metrics, of those that it defines as we do; others keep their names of our table."""
_USE = """\
```python
import keras

model = keras.saving.load_model("{run}.keras")
outputs = model.predict(inputs)  # inputs of shape (n, {shape})
```

This is of the format `keras`; `cnnbench export --help` lists the others. The `.card.json` beside each file has input,
preprocessing, classes, temperature, threshold and the model's SHA-256 for programs, and says how nearly the exported
model answers the whole test part as the original does."""


def describe(result: RunResult) -> str:
    """The card: the same for every format that the model is exported in.

    Raises:
        UserError: The run's metrics are missing or damaged.
    """
    shape = ", ".join(map(str, result.input_shape))
    parts = (
        f"---\n{_yaml(head(result))}---\n",
        f"# {escape(result.architecture)} on {escape(result.title)}\n",
        f"{model_note.describe(result)}\n",
        "## Intended use\n",
        "To reproduce and compare published networks. A benchmark's model, measured on the test part named here alone: "
        "not for clinical use. An interval holds for data like the test part, not for those of another place.\n",
        "## Data and split\n",
        *_rows(_data(result)),
        "## Training\n",
        *_rows(_training(result)),
        *(("Differs from the publication in:", *bullets(result.changed)) if result.changed else ()),
        "\n## Input\n",
        f"{escape(card.describe_preprocessing(result))}.\n",
        "## How to use it\n",
        _USE.format(run=result.run, shape=shape),
        "\n## Reporting checklist\n",
        f"Filled in from what was recorded, the rest are questions to an author: {_checklists(result)}.\n",
    )
    return "\n".join(parts).rstrip("\n") + "\n"


def head(result: RunResult) -> dict[str, Any]:
    """The head's keys and values."""
    kind = "classification" if result.is_classification else "regression"
    task = "image" if result.is_image else "tabular"
    measured = {
        name: found.value
        for name, found in result.metrics.items()
        if math.isfinite(found.value)
        and not lookup.is_count(name)
        and (result.twins or not lookup.is_about_twins(name))  # without twins they say nothing new
    }
    return {
        # Weights have no licence of their own here; of drawings the publication's does not hold
        "license": "unknown" if result.synthetic else _LICENCES.get(result.licence, "unknown"),
        "library_name": "keras",
        "pipeline_tag": f"{task}-{kind}",
        "tags": [f"{task}-{kind}", "cnnbench", result.architecture, *(["synthetic"] if result.synthetic else [])],
        "datasets": [result.dataset],
        "metrics": [_METRICS[name] for name in measured if name in _METRICS],
        "model-index": [
            {
                "name": result.run,
                "results": [
                    {
                        "task": {"type": f"{task}-{kind}"},
                        "dataset": {
                            "type": result.dataset,
                            "name": _line(f"{result.title}{', SYNTHETIC' * result.synthetic}"),
                            "split": "test",
                        },
                        "metrics": [
                            {
                                "type": _METRICS.get(name, name),
                                "value": float(f"{value:.6g}"),
                                "name": _line(lookup.label(name, result.unit, result.positive)),
                            }
                            for name, value in measured.items()
                        ],
                    }
                ],
            }
        ],
    }


def _checklists(result: RunResult) -> str:
    links = checklist_links.fitting(result)
    return ", ".join(f"[{checklist_links.TITLES[name]}]({result.run}.{name}.md)" for name in links)


def _data(result: RunResult) -> Iterator[tuple[str, object]]:
    yield "data set", f"{result.title}{', SYNTHETIC' * result.synthetic}: {result.origin}"
    yield "licence of the data", result.licence or "not stated"
    yield "citation", result.citation or "none"
    yield "SHA-256 of the data", result.data_sha256 or "not recorded"
    yield "split protocol", f"{result.protocol}, test fold {result.fold}"
    yield "examples", ", ".join(f"{count:,} {part}" for part, count in result.examples.items())


def _training(result: RunResult) -> Iterator[tuple[str, object]]:
    yield "seed of the training", result.seed
    yield "recipe", f"{result.recipe_name}, profile {result.profile}"
    yield "parameters", f"{result.parameters:,}"
    yield "epochs trained", f"{result.epochs_trained}, weights of epoch {result.best_epoch}"
    yield "Keras backend", result.backend
    for name, value in result.recipe.model_dump().items():
        if value not in (None, False, 0.0, "none"):
            yield name, value


def _rows(pairs: Iterator[tuple[str, object]]) -> Iterator[str]:
    yield from table(("", ""), ((escape(name), escape(_spell(value))) for name, value in pairs))
    yield ""


def _line(text: str) -> str:
    return printable(" ".join(text.split()))  # a line --- within would end the head


def _spell(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {inner}" for name, inner in value.items() if inner not in (None, False))
    return str(value)


def _yaml(content: dict[str, Any]) -> str:
    from ruamel.yaml import YAML

    writer = YAML(typ="safe")
    writer.default_flow_style = False
    writer.sort_base_mapping_type_on_output = False  # type: ignore[assignment]  # the specification's order
    writer.allow_unicode = True
    writer.width = 4096
    text = io.StringIO()
    writer.dump(content, text)
    return text.getvalue()
