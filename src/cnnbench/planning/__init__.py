"""What is to be run: data sets x networks, repeats, and the state of each run."""
