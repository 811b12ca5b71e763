"""Shared by the phantoms: brushes, and tissue under the microscope."""
