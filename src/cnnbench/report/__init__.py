"""The report: pages and tables of several runs, for people and for programs."""
