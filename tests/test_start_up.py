"""No stage imports, before it knows whether it needs them, libraries that take long: each is a line of a profile."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
HEAVY = (
    *("tensorflow", "keras", "jax", "torch", "h5py", "mlflow", "sqlalchemy", "dvc", "optuna", "sklearn", "seaborn"),
    *(
        "pandas",
        "pyarrow",
        "scipy",
        "scipy.stats",
        "scipy.optimize",
        "matplotlib",
        "matplotlib.pyplot",
        "jinja2",
        "PIL",
    ),
)
"""Each costs 0.05 to 3 seconds in every process that imports it."""

STARTS = {
    "settings": set(),
    "download": {"PIL"},
    "split": {"pandas", "pyarrow", "scipy", "PIL"},
    "cache": {"pandas", "pyarrow", "PIL"},
    "weights": set(),
    "features": set(),
    "train": set(),  # TensorFlow comes once params.yaml and the records are read: what is wrong in them shows at once
    "evaluate": {"pandas", "pyarrow", "matplotlib", "PIL"},  # Matplotlib imports Pillow
    "baselines": {"pandas", "pyarrow"},
    "probes": {"pandas", "pyarrow"},
    "test": {"pandas", "pyarrow", "matplotlib", "PIL", "scipy"},
    "corrupt": {"pandas", "pyarrow", "matplotlib", "PIL"},
    "report": {"jinja2"},
}
"""What of them a stage may import at its start."""


def test_every_stage_has_a_row():
    assert set(STARTS) == {path.stem for path in (ROOT / "stages").glob("*.py")}


@pytest.mark.parametrize("stage", STARTS)
def test_a_stage_starts_without_what_it_may_not_need(stage):
    code = f"import runpy, sys; runpy.run_path('stages/{stage}.py'); print(*{{*{HEAVY!r}}} & {{*sys.modules}})"
    run = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path[:0] = {[str(ROOT / 'src')]!r}; {code}"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    assert set(run.stdout.split()) == STARTS[stage]
