"""Recipe and records in, trained model and history out."""
