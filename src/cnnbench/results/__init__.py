"""The results of several runs: repeats, comparisons, thresholds, regressions."""
