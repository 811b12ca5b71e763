"""Stage `evaluate@<run>`: looks at the test examples, once, and writes reports/runs/<run>/ and reports/metrics/."""

from pathlib import Path

import pandas as pd

from cnnbench import config, tracking
from cnnbench.backend import runtime
from cnnbench.core import files
from cnnbench.core.errors import run_script
from cnnbench.data.raw import read_provenance
from cnnbench.data.records import reader, schema
from cnnbench.evaluation import evaluate, scoring
from cnnbench.runs import record
from cnnbench.tracking import costs


def main(name: str) -> None:
    """Predicts, measures, draws and logs."""
    knobs = config.load()
    model, out = Path("models", name), Path("reports/runs", name)
    trained = files.read_json(model / "run.json")
    folder = Path("data/records", trained["dataset"])
    known = schema.read(folder)
    with tracking.Tracker() as tracker:
        runtime.configure(knobs.device, knobs.threads, trained["seed"])
        tracker.evaluation(name, trained, files.sha256(model / "model.keras"))
        folds = known.parts(knobs.split, trained["fold"])
        network = scoring.load(model / "model.keras")
        part = reader.load(folder, known, folds["test"])
        scores = scoring.scores(network, part.inputs)
        val = reader.load(folder, known, folds["val"]) if known.classes else None
        watched = (val.labels, scoring.scores(network, val.inputs)) if val else None
        about = record.describe(trained, read_provenance(Path("data/raw", trained["dataset"])))
        about |= {"flops": scoring.flops(network)}
        history = pd.read_csv(model / "history.csv")
        metrics = evaluate.evaluate(out, about, network, part, scores, history, watched)
        tracker.metrics({f"test_{metric}": estimate.value for metric, estimate in metrics.items()})
        tracker.metrics({"latency_ms": costs.latency_ms(network, part.inputs[:1]), "flops": about["flops"]})
        tracker.artifacts(out)
        short = evaluate.summarise(metrics, len(part.ids), trained["epochs_trained"])
        files.write_json(Path("reports/metrics", f"{name}.json"), {name: short})
    print(f"{name}: {evaluate.headline(metrics)} on {len(part.ids):,} test examples")


if __name__ == "__main__":
    run_script(main, "run")
