"""Stage `train@<run>`: trains a network into models/<run>/, logged to MLflow."""

from pathlib import Path

from cnnbench import config, tracking
from cnnbench.backend import runtime, sharing
from cnnbench.core import files
from cnnbench.core.errors import run_script
from cnnbench.data.records import schema
from cnnbench.runs import recording
from cnnbench.tracking import costs
from cnnbench.training import checkpoints, saving, trainer
from cnnbench.weights import weight_files


def main(name: str) -> None:
    """Trains, saves and logs."""
    files.check_folder(Path("models", name))  # not after hours of training
    knobs = config.load()
    run = knobs.run(name)
    folder, start, out = Path("data/records", run.dataset), knobs.start_of(run), Path("models", name)
    records = schema.read(folder)
    plan = recording.plan(knobs, name, records, weight_files.read(start).origin if start else None)
    with tracking.Tracker() as tracker:
        settings = runtime.configure(knobs.device, knobs.threads, run.seed, knobs.backend)
        tracker.start_training(plan, settings)
        folds = records.parts(knobs.split, run.fold)
        checkpoint = checkpoints.find(name, run, folder, folds, settings, start)
        with sharing.together(run.recipe.batch_size), costs.Meter(str(settings["device"])) as meter:
            trained = trainer.train(run, folder, records, folds, tracker.log_epoch, checkpoint, start)
        tracker.log_metrics(meter.costs(plan.examples["train"] * (len(trained.history) - trained.resumed)))
        saving.save(trained.model, out / "model.keras")
        saving.save_history(trained.history, out / "history.csv")
        recording.add_training(plan, trained).write(out)
        tracker.finish_training(files.sha256(folder / schema.FILE), files.sha256(out / "model.keras"))
    checkpoint.remove()


if __name__ == "__main__":
    run_script(main, "run")
