"""Metrics of predictions: numpy arrays in, numbers with 95 % intervals out; no Keras.

table              THE list of metrics, and lookup, which finds rows in it
measure            every metric of a set of predictions
predictions        predictions, and bootstrap resamples of them
confusion, ranking, means, calibration    statistics, each of many draws at once
closed_forms       estimates and tests without a bootstrap
per_class, curves  the tables of a run
operating_point    the threshold of a classifier of two classes
intervals          estimates and their intervals: Wilson, DeLong, BCa, over repeats
significance       which of two or more networks is better, on one data set and over several
"""
