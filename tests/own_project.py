"""The package as a wheel would install it, and projects that its `cnnbench init` writes."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
from PIL import Image
from small_repository import PEOPLE, ended

ROOT = Path(__file__).parents[1]


def install(folder):
    """Lays the package out in a folder as the wheel has it."""
    shutil.copytree(ROOT / "src/cnnbench", folder / "cnnbench", ignore=shutil.ignore_patterns("__pycache__"))
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert wheel["packages"] == ["src/cnnbench"]
    for source, target in wheel["force-include"].items():
        (folder / target).parent.mkdir(parents=True, exist_ok=True)
        copy = shutil.copytree if (ROOT / source).is_dir() else shutil.copyfile
        copy(ROOT / source, folder / target)


def draw(folder, classes=("disc", "square"), each=24, side=16):
    """Draws images of shapes, in a folder per class."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:side, :side] - side / 2 + 0.5
    shapes = (np.hypot(y, x) < side / 4, np.abs(y) < side / 6, np.abs(x) < side / 6)
    for name, shape in zip(classes, shapes, strict=False):
        (folder / name).mkdir(parents=True)
        for number in range(each):
            pixels = rng.normal(90, 20, (side, side, 3)) + shape[..., None] * rng.uniform(60, 110, 3)
            Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(folder / name / f"{number}.png")


class Project:
    """A git repository with an environment in which the package is installed in `site`."""

    def __init__(self, folder, site):
        self.folder = folder
        folder.mkdir()
        self.run("git", "init", "--quiet", "--initial-branch=main")
        python = folder.parent / "environment/bin/python"
        python.parent.mkdir(parents=True)
        python.write_text(f'#!/bin/sh\nPYTHONPATH="$PYTHONPATH:{site}" exec {sys.executable} "$@"\n')
        python.chmod(0o755)
        self.python = python

    def run(self, *command, code=0):
        environment = os.environ | PEOPLE | {"VIRTUAL_ENV": str(self.folder.parent / "environment"), "PYTHONPATH": ""}
        started = subprocess.Popen(
            command, cwd=self.folder, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        return ended(started, code)

    def cnnbench(self, *arguments, code=0):
        return self.run(
            str(self.python), "-c", "import sys; from cnnbench.cli import main; sys.exit(main())", *arguments, code=code
        )

    def repro(self):
        """The stages that ran, in order."""
        output = self.run(sys.executable, "-m", "dvc", "repro")
        return [line.split("'")[1] for line in output.splitlines() if line.startswith("Running stage")]

    def edit(self, path, before, after):
        path = self.folder / path
        assert before in path.read_text()
        path.write_text(path.read_text().replace(before, after))
