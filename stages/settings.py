"""Stage `settings`: checks params.yaml before anything else runs, and passes on what the report is of."""

from pathlib import Path

from cnnbench import config
from cnnbench.core import files, project
from cnnbench.core.errors import run_script
from cnnbench.planning import existence
from cnnbench.planning.starter import own_pipeline


def main() -> None:
    """Writes data/settings.txt, the same for all settings that hold, and data/report.json."""
    knobs = config.load()
    existence.check(knobs)
    if project.is_own():
        own_pipeline.check(Path("dvc.yaml"))
        project.copy_code()
    # the same bytes for all that hold, so that a change of them runs no download again
    files.write_text(Path("data/settings.txt"), "The settings hold.\n")
    # a dep in dvc.yaml cannot be conditional: this stands where a run has no weights to start from
    files.write_text(Path("data/weights", config.NO_WEIGHTS), "No weights: the run's seed draws them.\n")
    # the report depends on them, be they empty
    reports = (f"reports/{kind}" for kind in ("baselines", "corruptions", "probes", "runs", "tests"))
    for folder in ("brought", "data/splits", *reports):
        Path(folder).mkdir(parents=True, exist_ok=True)
    # sorted, so that moving an entry of params.yaml changes nothing
    names = {section: sorted(getattr(knobs, section)) for section in ("corruptions", "datasets", "runs", "tests")}
    files.write_json(Path("data/report.json"), names | knobs.model_dump(include={"baseline", "ranks", "thresholds"}))


if __name__ == "__main__":
    run_script(main)
