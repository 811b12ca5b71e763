"""What a run's predictions are worth: numpy arrays in, numbers with intervals out; knows no Keras.

    intervals       an estimate with its 95 % interval: Wilson's for a proportion, the bootstrap for the rest
    means, tables, ranking    the statistics themselves, each for many bootstrap draws at once
    classification, regression    every metric of a run
    operating       the threshold of a classifier of two classes
    curves          confusion matrix and ROC curves, as the tables that are stored

A statistic takes `weights` first, shape (draws, examples): how often each draw holds each example. Its value
on the test set itself is the one at weights of one; so a metric and its interval are computed by the same
lines.
"""
