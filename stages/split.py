"""Stage `split@<set>`: deals the examples into ten folds, in data/splits/<set>.parquet, and audits the split."""

from pathlib import Path

from cnnbench import config
from cnnbench.core import files
from cnnbench.core.errors import run_script
from cnnbench.core.printable import printable
from cnnbench.data import leakage, leakage_text
from cnnbench.data.provenance import read_provenance
from cnnbench.data.split import nearest_copies, split_file


def main(name: str) -> None:
    """Splits, and prints the examples per class and part, the dropped ones and whether the split leaks."""
    knobs = config.load()
    raw, out = Path("data/raw", name), Path("data/splits", f"{name}.parquet")
    rule, classes = knobs.data(name).split, read_provenance(raw).classes
    frame = split_file.make(raw, knobs.split, rule)
    counts = split_file.counts(frame, classes)
    audit = leakage.audit(frame, rule.near_copies, classes, nearest_copies.find(frame, raw))
    split_file.write(out, frame)
    description = {"protocol": audit.protocol, "seed": knobs.split.seed, "counts": counts, "sha256": files.sha256(out)}
    files.write_json(out.with_suffix(".json"), description)
    files.write_json(out.with_suffix(".leakage.json"), audit.model_dump())
    for part, per_class in counts.items():
        print(printable(f"{part:>5}: " + ", ".join(f"{label} {count:,}" for label, count in per_class.items())))
    print(*map(printable, leakage_text.summary(audit)), sep="\n")


if __name__ == "__main__":
    run_script(main, "data set")
