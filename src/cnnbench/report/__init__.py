"""The report: what stands under `reports/runs/`, gathered into pages and tables that a person or a program reads."""
