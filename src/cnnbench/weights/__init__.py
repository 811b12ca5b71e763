"""Weights that a network can start from: found, checked, read without running code of theirs, stored in one form."""
