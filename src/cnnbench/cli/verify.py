"""Check that data, models and figures are what they should be.

  files     inputs and outputs of every stage against dvc.lock, each by the hash of its content
  raw       every example as downloaded against its checksum
  split     every split against its rules, its checksum and its audit
  records   every shard of TFRecords against its checksum
  figures   the last report against reports/expected.json: the 95 % intervals must overlap

Then it says whether dvc.lock has other outputs than the committed one although the inputs are equal, as on another
kind of processor (docs/guarantees.md).

It exits 1 where something is not as it should be, or one of these files cannot be read.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from cnnbench.cli import _terminal


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options."""
    _terminal.add_root(parser)
    only = parser.add_mutually_exclusive_group()
    only.add_argument("--lock", action="store_true", help="only compare dvc.lock with the committed one, in one line")
    only.add_argument("--save", action="store_true", help="write the last report's figures as the expected ones")


def run(arguments: argparse.Namespace) -> int:
    """Prints a line per check that failed and a count of the others; 1 where one failed."""
    from cnnbench import config
    from cnnbench.verification import data, figures, lock

    root: Path = arguments.root
    if arguments.lock:
        if line := lock.compare_with_commit(root):
            _terminal.say(line)
        return 0
    knobs = config.load(root / "params.yaml")
    if arguments.save:
        saved = figures.save(knobs, root / "reports")
        _terminal.say(f"wrote the figures of {len(saved.runs)} runs to {root / 'reports' / figures.FILE}")
        return 0
    findings = [
        *lock.check_files(root),
        *data.check_data(knobs, root),
        *figures.check_figures(knobs, root / "reports"),
    ]
    for finding in findings:
        if not finding.ok or finding.check == "figures":
            word = "" if finding.ok else "NOT AS IT SHOULD BE: "
            _terminal.say(f"{finding.check} of {finding.subject}: {word}{finding.text}")
    good = sum(finding.ok for finding in findings)
    checks = ", ".join(dict.fromkeys(finding.check for finding in findings))
    _terminal.say(f"{good} of {len(findings)} checks hold ({checks})")
    if line := lock.compare_with_commit(root):
        _terminal.say(line)
    return 0 if good == len(findings) else 1
