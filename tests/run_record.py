"""The content of a run.json, for tests that make up runs."""

from cnnbench.config import PARTS, Recipe
from cnnbench.runs.record import RunRecord

RECIPE = Recipe(epochs=3).model_dump()


def run_json(run, **facts):
    """A whole run.json of an evaluated run, as JSON would hold it; without classes it is of a regression.

    Args:
        run: Its name.
        **facts: Keys that differ; of `recipe` and `published_recipe` those knobs that differ.
    """
    classes = list(facts.get("classes", ["no", "yes"]))
    content = {
        "run": run,
        "dataset": "moons",
        "architecture": "net",
        "task": "classification" if classes else "regression",
        "classes": classes,
        "protocol": "grouped 8:1:1",
        "profile": "quick",
        "recipe_name": "published",
        "seed": 0,
        "fold": 0,
        "input_shape": [13, 1],
        "examples": {"train": 80, "val": 10, "test": 10},
        "counts": {part: dict.fromkeys(classes, 5) for part in PARTS} if classes else {},
        "published_result": {"metric": None, "value": None, "is": "exactly", "text": "as the source says"},
        "changed": [],
        "parameters": 1234,
        "epochs_trained": 3,
        "best_epoch": 2,
        "source": "packaged",
        "synthetic": False,
        "origin": "made for a test",
        "title": "Two moons",
        "unit": "",
        "citation": "",
        "licence": "",
        "flops": 12_345_678,
        **({"temperature": 1.6} if classes else {}),
    }
    recipes = {name: RECIPE | facts.pop(name, {}) for name in ("recipe", "published_recipe")}
    return content | facts | recipes


def record(run="moons-net", **facts):
    """The same as a `RunRecord`."""
    return RunRecord(**_frozen(run_json(run, **facts)))


def _frozen(content):
    return {key: tuple(value) if isinstance(value, list) else value for key, value in content.items()}
