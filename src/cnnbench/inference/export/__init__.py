"""Models in formats for other tools."""
