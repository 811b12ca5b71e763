"""A reproducible benchmark of convolutional networks on the data sets they were published for."""

__version__ = "0.1.0"
