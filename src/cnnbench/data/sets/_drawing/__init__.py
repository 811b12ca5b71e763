"""What the phantoms share: brushes, and tissue under the microscope."""
