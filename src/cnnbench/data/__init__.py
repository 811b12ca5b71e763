"""From the source of an example to its record: sources and sets, the raw form, split, cache, records."""
