"""Tests of a trained network on a data set that it was not trained on: reports/tests/<test>/."""
