"""Format and reader of the cached records: the only data that training and evaluation read."""
