"""What is recorded of the data: source, preparation, labels, parts. A sentence each; none where nothing is recorded."""

from __future__ import annotations

from collections.abc import Mapping

from cnnbench.checklists.facts import Facts
from cnnbench.config import PARTS
from cnnbench.data import leakage_text
from cnnbench.results.run_result import SUBGROUPS

_FITS = {
    "stretch": "scaled to it without keeping the ratio of the sides",
    "pad": "scaled to fit, the rest filled with black",
    "crop": "scaled to fill it, the longer side cut",
}
_UNITS = {
    "grouped": "the group (such as patient, lesion or slide): no group and no exact copy is in two parts, by the rule",
    "image-level": "the image: where a patient has several, they may be in two parts",
    "row-level": "the row of the table; groups, such as patients, are not known",
    "official": "the publisher's own split, taken as it came",
    "given": "a split file, taken as it came",
}


def source(facts: Facts) -> list[str]:
    """Where the data come from, and on what terms."""
    run, found = facts.run, facts.provenance
    said = [f"{run.title} (in params.yaml {run.dataset}, from {run.source}): {run.origin}."]
    said += [f"Citation: {run.citation.rstrip('.')}."] * bool(run.citation)
    if run.synthetic:
        said.append("SYNTHETIC: drawn by a program in place of that data set; no patient is in it.")
    if found and found.archives:
        names = ", ".join(f"{name} (SHA-256 {digest[:12]})" for name, digest in found.archives.items())
        said.append(f"Archives: {names}.")
    return said + [note.rstrip(".") + "." for note in run.notes]


def terms(facts: Facts) -> list[str]:
    """The licence of the data and of the weights."""
    run = facts.run
    said = [f"Licence of the data: {run.licence}."] * bool(run.licence)
    if run.start and run.start.licence:
        said.append(f"Licence of the weights that it starts from: {run.start.licence}.")
    return said


def exclusions(facts: Facts) -> list[str]:
    """What was dropped, with reasons."""
    if facts.audit is None:
        return []
    dropped, odd = facts.audit.dropped, facts.audit.odd
    said = [
        f"Dropped as not usable: {leakage_text.describe_reasons(dropped)}."
        if dropped.examples
        else "No example was dropped as not usable."
    ]
    if odd.examples:
        said.append(f"Odd files, kept: {leakage_text.describe_reasons(odd)}.")
    return said


def subset(facts: Facts) -> list[str]:
    """Which share of the source was taken."""
    found = facts.provenance
    if found is None:
        return []
    if found.examples == found.fetched:
        return [f"All {found.fetched:,} examples of the source."]
    return [f"{found.examples:,} of {found.fetched:,} examples of the source, drawn by seed {found.seed}."]


def flow(facts: Facts) -> list[str]:
    """Numbers of examples on the way from the source to the parts."""
    said = subset(facts) + exclusions(facts)
    return [*said, f"Used: {facts.run.all_examples:,}."]


def sizes(facts: Facts) -> list[str]:
    """Examples per part and class."""
    run = facts.run
    return [f"{part}: {run.examples[part]:,} examples{_classes(run.counts.get(part, {}))}." for part in PARTS]


def groups(facts: Facts) -> list[str]:
    """How many groups the test examples are of, where some share one."""
    found = facts.run.predictions["group"]
    known = found[found != ""]
    if known.nunique() == len(found):
        return []
    return [f"The test examples are of {known.nunique():,} groups, such as patients."] if len(known) else []


def subgroups(facts: Facts) -> list[str]:
    """Attributes of the test examples."""
    found: dict[str, dict[str, str]] = {}
    for row in facts.run.subgroups:
        found.setdefault(row["attribute"], {})[row["subgroup"]] = row["n"]
    said = [
        f"Test examples by {attribute}: {', '.join(f'{name} {n}' for name, n in counts.items())}."
        for attribute, counts in found.items()
    ]
    return said + [note.rstrip(".") + "." for note in facts.run.subgroup_notes]


def preprocessing(facts: Facts) -> list[str]:
    """Size, fit and type of the inputs, and their scaling."""
    run = facts.run
    shape = " x ".join(map(str, run.input_shape))
    said = [f"A row of {run.input_shape[0]} numbers."]
    if run.is_image:
        colours = "grey" if run.input_shape[2] == 1 else "RGB"
        said = [f"{colours} images of {shape} (height, width, channels), {_FITS[run.fit]}; bilinear, by Pillow."]
        said += [f"{kind} pixels from {low:g} to {high:g} become 0 to 255." for kind, (low, high) in run.ranges.items()]
    if facts.records:
        said.append(f"Stored as {facts.records.dtype}.")
    if run.recipe.standardise:
        said.append("Scaled to mean 0 and standard deviation 1 of the training part.")
    elif not run.is_image:
        said.append("Not scaled.")
    return said


def pixel_types(facts: Facts) -> list[str]:
    """The types of the pixels in the source's images."""
    if facts.provenance is None or not facts.provenance.pixel_types:
        return []
    total: dict[str, int] = {}
    for counts in facts.provenance.pixel_types.values():
        for kind, count in counts.items():
            total[kind] = total.get(kind, 0) + count
    return [f"Pixels of the images as they came: {_list(total)}."]


def labels(facts: Facts) -> list[str]:
    """Where the labels come from, as far as it is stated."""
    run = facts.run
    if not run.is_classification:
        unit = f", in {run.unit}" if run.unit else ""
        return [f"The target{unit}, as it came with the data ({run.origin})."]
    positive = f"; positive: {run.positive}" if run.positive else ""
    return [f"The labels that came with the data ({run.origin}): {', '.join(run.classes)}{positive}."]


def conflicts(facts: Facts) -> list[str]:
    """Identical inputs with different labels."""
    if facts.audit is None or not facts.audit.conflicts.clusters:
        return []
    found = facts.audit.conflicts
    sets = "1 set" if found.clusters == 1 else f"{found.clusters:,} sets"
    return [f"{found.examples:,} examples in {sets} of identical inputs have different labels."]


def partition(facts: Facts) -> list[str]:
    """How the examples got into the parts."""
    run = facts.run
    if run.protocol in ("official", "given"):
        return [f"Split: {_UNITS[run.protocol]}."]
    protocol, _, shares = run.protocol.partition(" ")
    return [
        f"Split {protocol}, train, validation and test as {shares}: ten folds, dealt at random, stratified; "
        f"test begins with fold {run.fold}."
    ]


def disjoint(facts: Facts) -> list[str]:
    """The unit of the split, and what the audit found across the parts."""
    run = facts.run
    said = [f"Unit: {_UNITS[run.protocol.partition(' ')[0]]}."]
    if facts.audit:
        said += [leakage_text.verdict(facts.audit), leakage_text.note(facts.audit)]
    if run.twins:
        said.append(
            f"{run.twins:,} of {run.examples['test']:,} test examples have a twin in training or validation: an exact "
            "or near copy, or an example of the same group."
        )
    return [one for one in said if one]


def balance(facts: Facts) -> list[str]:
    """Shares of the classes, and what was done about them."""
    run = facts.run
    if not run.is_classification:
        return ["Not applicable: a regression has no classes."]
    shares = ", ".join(
        f"{name} {100 * count / run.examples['train']:.1f} %" for name, count in run.counts["train"].items()
    )
    done = "Classes had equal total weights in the loss." if run.recipe.class_weights else "No class was weighted."
    return [f"Training part: {shares}.", done]


def subgroup_file(facts: Facts) -> list[str]:
    """Where the figures of subgroups are."""
    run = facts.run
    if not run.subgroups:
        return []
    worst = f" Worst by {run.headline}: {run.worst_group}." if run.worst_group else ""
    attributes = ", ".join(dict.fromkeys(row["attribute"] for row in run.subgroups))
    return [f"Every metric by {attributes}, with intervals: reports/runs/{run.run}/{SUBGROUPS}.{worst}"]


def _classes(counts: Mapping[str, int]) -> str:
    return f" ({_list(counts)})" if counts else ""


def _list(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.items())
