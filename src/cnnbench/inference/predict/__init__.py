"""Predictions for new images, or new rows of a table."""
