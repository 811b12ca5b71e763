"""Independent stages side by side: one process does all of DVC's work, and only the stages' commands travel.

`dvc repro` runs one stage at a time. Here the same plan is run against a `concurrent.futures.Executor`: whatever has
all that it needs is restored from DVC's run cache, or its command is handed to the executor. In the end dvc.lock, the
run cache and git's index are as `dvc repro` leaves them. An `Engine` has one: `Here`, `Dask` or `Slurm`.
"""
