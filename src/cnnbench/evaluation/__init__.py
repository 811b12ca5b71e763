"""What is measured of one run and written under `reports/runs/<run>/`, its figures with it."""
