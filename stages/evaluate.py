"""Stage `evaluate@<run>`: predicts the test examples, once, and writes reports/runs/<run>/ and reports/metrics/."""

from pathlib import Path

import pandas as pd

from cnnbench import config, tracking
from cnnbench.backend import runtime
from cnnbench.core import files
from cnnbench.core.errors import run_script
from cnnbench.data.provenance import read_provenance
from cnnbench.evaluation import evaluate, flops, scoring, split_facts
from cnnbench.runs import record, recording
from cnnbench.tracking import costs


def main(name: str) -> None:
    """Predicts, measures, draws and logs; a time to MLflow alone, since it would change reports/ each time."""
    knobs, model, out = config.load(), Path("models", name), Path("reports/runs", name)
    training = record.TrainingRecord.read(model)  # what was trained, rather than what params.yaml says by now
    files.check_folder(out)
    folder, provenance = Path("data/records", training.dataset), read_provenance(Path("data/raw", training.dataset))
    with tracking.Tracker() as tracker:
        runtime.configure(knobs.device, knobs.threads, training.seed, knobs.backend)
        tracker.start_evaluation(training, files.sha256(model / "model.keras"))
        network, history = scoring.load(model / "model.keras"), pd.read_csv(model / "history.csv")
        test, val, parts = scoring.predict_parts(network, folder, knobs.split, training.fold)
        facts = split_facts.read(Path("data/splits", f"{folder.name}.parquet"), test.part.ids, provenance, parts)
        metrics, chosen = evaluate.evaluate(out, training, provenance.unit, network, test, val, history, facts)
        evaluated = recording.add_evaluation(training, provenance, flops.count(network), facts.add_to(chosen))
        evaluated.write(out)
        files.write_json(Path(f"reports/metrics/{name}.json"), evaluate.summarise(name, metrics, len(test.scores)))
        tracker.log_test_metrics(metrics)
        tracker.log_metrics({"latency_ms": costs.latency_ms(network, test.part.inputs[:1]), "flops": evaluated.flops})
        tracker.log_artifacts(out)
    print(evaluate.describe(evaluated, metrics))


if __name__ == "__main__":
    run_script(main, "run")
