"""Models in the forms that others take."""
