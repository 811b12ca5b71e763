"""Stage `test@<name>`: measures a trained network on another data set, into reports/tests/<name>/."""

from pathlib import Path

from cnnbench import config, tracking
from cnnbench.backend import runtime
from cnnbench.core import files
from cnnbench.core.errors import run_script
from cnnbench.external import validating
from cnnbench.runs import record


def main(name: str) -> None:
    """Measures, logs into the MLflow run of the network, and prints a line."""
    knobs, out = config.load(), Path("reports/tests", name)
    files.check_folder(out)
    model = Path("models", knobs.test_named(name).run)
    training = record.TrainingRecord.read(model)
    with tracking.Tracker() as tracker:
        runtime.configure(knobs.device, knobs.threads, seed=0, backend=knobs.backend)
        tracker.start_evaluation(training, files.sha256(model / "model.keras"))
        line, summary = validating.measure(knobs, name, out)
        files.write_json(Path(f"reports/metrics/tests/{name}.json"), summary)
        tracker.log_beyond(out)
    print(line)


if __name__ == "__main__":
    run_script(main, "name of a test")
