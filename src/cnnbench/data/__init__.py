"""The way of an example: sources and sets, the raw form, split, cache, records."""
