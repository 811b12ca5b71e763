"""Measures networks on another clinic's images, and on corrupted ones, with the stages of the pipeline.

    CNNBENCH_ARCHIVES=/path/to/archives python benchmarks/external.py              # minutes of two cores
    CNNBENCH_ARCHIVES=/path/to/archives python benchmarks/external.py --only chest # data sets, runs ... of such a name

It runs what benchmarks/external.yaml names, in .published/external/, and prints the sections of its report.md that
stand in docs/published.md.
"""

from __future__ import annotations

import argparse
import re
import sys
from typing import Any

import published
from published_plans import ROOT, everything
from ruamel.yaml import YAML

from cnnbench.core.errors import UserError

PLACE = ROOT / ".published/external"
STAGES = {
    **dict.fromkeys(("download", "split", "cache"), "datasets"),
    **{"weights": "weights", "features": "features", "train": "runs", "evaluate": "runs"},
    **{"test": "tests", "corrupt": "corruptions"},
}
"""Each with the section of params.yaml that its names stand in."""
SECTIONS = ("Tested on other data", "Corrupted test images")


def knobs() -> dict[str, Any]:
    """The content of params.yaml, with what external.yaml names in place of its own."""
    content = YAML(typ="safe").load(ROOT / "benchmarks/external.yaml")
    for definition in content["datasets"].values():
        definition["full"]["source"] = published.unpacked(definition["full"]["source"])
        definition["quick"] = definition["full"]  # which params.yaml asks for
    return everything() | content | {"profile": "full"}


def main() -> int:
    """Runs the stages one by one, then prints the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", metavar="WORD", default="", help="what of it to run again")
    arguments = parser.parse_args()
    PLACE.mkdir(parents=True, exist_ok=True)
    content = knobs()
    try:
        for definition in YAML(typ="safe").load(ROOT / "benchmarks/external.yaml")["datasets"].values():
            published.unpack(definition["full"]["source"])
        published.write_params(PLACE, content)
        for stage, section in STAGES.items():
            for name in (one for one in content[section] if arguments.only in one):
                published.run_stage(stage, name, PLACE, live=False)
                print((PLACE / f"{stage}.log").read_text().strip().splitlines()[-1], flush=True)
        published.run_stage("report", "", PLACE, live=False)
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    report = (PLACE / "reports/report.md").read_text()
    for title in SECTIONS:
        if found := re.search(rf"^## {title}\n.*?(?=^## |\Z)", report, re.DOTALL | re.MULTILINE):
            print(f"\n{found[0].strip()}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
