"""Stage `evaluate@<run>`: looks at the test examples, once, and writes reports/runs/<run>/."""

from pathlib import Path

import pandas as pd

from cnnbench import batches, costs, evaluating, files, params, predicting, provenance, records, runs, runtime, tracking
from cnnbench.errors import run_script


def main(name: str) -> None:
    """Predicts, measures, draws and logs."""
    knobs = params.load()
    model, out = Path("models", name), Path("reports/runs", name)
    trained = files.read_json(model / "run.json")
    folder = Path("data/records", trained["dataset"])
    known = records.read(folder)
    with tracking.Tracker() as tracker:
        runtime.configure(knobs.device, knobs.threads, trained["seed"])
        tracker.evaluation(name, trained, files.sha256(model / "model.keras"))
        folds = known.parts(knobs.split, trained["fold"])
        network = predicting.load(model / "model.keras")
        part = batches.load(folder, known, folds["test"])
        scores = predicting.scores(network, part.inputs)
        val = batches.load(folder, known, folds["val"]) if known.classes else None
        watched = (val.labels, predicting.scores(network, val.inputs)) if val else None
        about = runs.describe(trained, provenance.read(Path("data/raw", trained["dataset"])))
        about |= {"flops": predicting.flops(network)}
        history = pd.read_csv(model / "history.csv")
        metrics = evaluating.evaluate(out, about, network, part, scores, history, watched)
        tracker.metrics({f"test_{metric}": estimate.value for metric, estimate in metrics.items()})
        tracker.metrics({"latency_ms": costs.latency_ms(network, part.inputs[:1]), "flops": about["flops"]})
        tracker.artifacts(out)
    print(f"{name}: {evaluating.headline(metrics)} on {len(part.ids):,} test examples")


if __name__ == "__main__":
    run_script(main, "run")
