"""A checklist for a run, as Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from cnnbench.checklists.claim import CLAIM
from cnnbench.checklists.facts import Facts
from cnnbench.checklists.item import Checklist, Item
from cnnbench.checklists.tripod import TRIPOD
from cnnbench.core.markdown import escape

FORMATS = {"claim": CLAIM, "tripod": TRIPOD}
RECORDED, IN_PART, OPEN = "recorded", "recorded in part", "to be answered"
QUESTION = "**To the author:**"


def render(facts: Facts, checklist: Checklist) -> str:
    """The checklist, filled in: the same text for the same records."""
    return "\n".join(_lines(facts, checklist)) + "\n"


def answer(item: Item, facts: Facts) -> list[str]:
    """What is recorded on an item, in sentences; none where nothing is."""
    return [sentence for found in item.answers for sentence in found(facts)]


def _lines(facts: Facts, checklist: Checklist) -> Iterator[str]:
    run = facts.run
    answers = {item.number: answer(item, facts) for item in checklist.items}
    questions = {item.number: _question(item, facts, answers[item.number]) for item in checklist.items}
    states = [_state(answers[number], question) for number, question in questions.items()]
    counts = ", ".join(f"{states.count(state)} {state}" for state in (RECORDED, IN_PART, OPEN))
    yield f"# {checklist.title}: {escape(run.run)}"
    yield ""
    yield f"{checklist.source}."
    yield ""
    yield "Items in our own words: read the published ones beside them."
    yield ""
    yield (
        f"Filled in by cnnbench from what it recorded of this run. Of {len(states)} items and their parts: {counts}. "
        "A question is left to the author; nothing here is guessed."
    )
    if run.synthetic:
        yield "\n**SYNTHETIC: the images are drawn by a program. This is no study of patients.**"
    for name in facts.left_out:
        yield f"\nNot used: {escape(name)}, which is of other data than this run. `dvc repro` brings both together."
    for name in facts.absent:
        yield f"\nNot here: {escape(name)}, which would answer more. `dvc pull` or `dvc repro` brings it."
    for section, items in checklist.sections.items():
        yield f"\n## {section}"
        for item in items:
            yield from _item(item, answers[item.number], questions[item.number])


def _item(item: Item, sentences: list[str], question: str) -> Iterator[str]:
    yield f"\n### {item.number} {item.topic} ({_state(sentences, question)})"
    yield ""
    yield from (f"- {escape(sentence)}" for sentence in sentences)
    if question:
        yield f"- {QUESTION} {question}"


def _question(item: Item, facts: Facts, sentences: list[str]) -> str:
    asked = item.question if isinstance(item.question, str) else item.question(facts)
    return asked or ("" if sentences else "Nothing is recorded here. What can be said?")


def _state(sentences: list[str], question: str) -> str:
    if not sentences:
        return OPEN
    return IN_PART if question else RECORDED
