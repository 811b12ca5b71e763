"""Stage `corrupt@<run>`: measures a network on its corrupted test images, into reports/corruptions/<run>/."""

from pathlib import Path

from cnnbench import config, tracking
from cnnbench.backend import runtime
from cnnbench.core import files
from cnnbench.core.errors import run_script, unknown
from cnnbench.robustness import robustness_table
from cnnbench.runs import record


def main(name: str) -> None:
    """Corrupts, measures, draws, logs into the MLflow run of the network, and prints a line."""
    knobs, out = config.load(), Path("reports/corruptions", name)
    if name not in knobs.corruptions:
        raise unknown("a run", name, knobs.corruptions)
    files.check_folder(out)
    model = Path("models", name)
    training = record.TrainingRecord.read(model)
    with tracking.Tracker() as tracker:
        runtime.configure(knobs.device, knobs.threads, seed=0, backend=knobs.backend)
        tracker.start_evaluation(training, files.sha256(model / "model.keras"))
        line, summary = robustness_table.write(knobs, name, out)
        files.write_json(Path(f"reports/metrics/corruptions/{name}.json"), summary)
        tracker.log_beyond(out)
    print(line)


if __name__ == "__main__":
    run_script(main, "run")
