"""What a run's predictions are worth: numpy arrays in, numbers with intervals out; knows no Keras.

    intervals       an estimate with its 95 % interval, and the draws of a bootstrap
    proportions     Wilson's interval, also of examples that share a patient
    delong          areas under ROC curves with their intervals, and how they vary together
    bca             the bootstrap for the rest
    means, tables, ranking, calibration    the statistics themselves, each for many bootstrap draws at once
    classification, regression, per_class  every metric of a run
    operating       the threshold of a classifier of two classes
    curves          confusion matrix and ROC curves, as the tables that are stored
    predicted, repeats    metrics computed anew from stored predictions, over repeats of a training
    pairs, many, ties     which of two or more networks is better, on one data set and over several

A statistic takes `weights` first, shape (draws, examples): how often each draw holds each example. Its value
on the test set itself is the one at weights of one; so a metric and its interval are computed by the same
lines.
"""
