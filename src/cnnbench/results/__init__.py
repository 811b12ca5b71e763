"""Runs together: repeats gathered, networks compared, thresholds held, regressions found."""
