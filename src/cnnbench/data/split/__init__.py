"""The split step: every example looked at, what cannot be used dropped, the rest dealt into ten folds."""
