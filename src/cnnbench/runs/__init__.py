"""The record of a run, and how its files are read."""
