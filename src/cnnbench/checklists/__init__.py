"""Checklists of journals, filled in for a run from what was recorded; what only a person knows is a question."""
