"""The evaluation of one run, with its figures: reports/runs/<run>/."""
