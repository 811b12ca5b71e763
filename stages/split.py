"""Stage `split@<set>`: deals the examples into ten folds, in data/splits/<set>.parquet, and audits what it has done."""

from pathlib import Path

from cnnbench import audit, files, params, provenance, splits
from cnnbench.errors import run_script


def main(name: str) -> None:
    """Splits, and prints the examples per class and part, what was dropped and whether the split leaks."""
    knobs = params.load()
    raw, out = Path("data/raw", name), Path("data/splits", f"{name}.parquet")
    rule = knobs.data(name).split
    frame = splits.make(raw, knobs.split, rule)
    counts = splits.counts(frame, provenance.read(raw).classes)
    found = audit.audit(frame, rule.near_copies)
    splits.write(out, frame)
    about = {"protocol": found.protocol, "seed": knobs.split.seed, "counts": counts, "sha256": files.sha256(out)}
    files.write_json(out.with_suffix(".json"), about)
    files.write_json(out.with_suffix(".leakage.json"), found.model_dump())
    for part, per_class in counts.items():
        print(f"{part:>5}: " + ", ".join(f"{label} {count:,}" for label, count in per_class.items()))
    print(*audit.summary(found), sep="\n")


if __name__ == "__main__":
    run_script(main, "data set")
