"""Format and reader of the cached records: the only data that training and evaluation read.

schema      what records.json says of them
integrity   are they those that it describes?
example     TFRecord and tf.train.Example, without TensorFlow
layout      where the values of all records of a shard stand
reader      labels in memory, inputs on disk until they are wanted
buffers     memory that batches share
batching    batches in the order of an epoch, for any backend
"""
