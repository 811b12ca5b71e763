"""The format of the cached records, and how they are read; what training and evaluation know of data."""
