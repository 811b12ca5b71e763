"""Choosing a recipe by validation: what `cnnbench tune` does.

space         which knobs are searched, over which ranges, and a recipe with values of them
study         which values come next (Optuna), and the finished trials on disk
trial         one training, and its figures on validation data
searching     the trials one after the other
trials_table  all trials as a table

Only the training and validation folds are read.
"""
