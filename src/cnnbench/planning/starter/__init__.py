"""A project of a user's own, as `cnnbench init` writes it: a data set and two networks in the repository's pipeline."""
