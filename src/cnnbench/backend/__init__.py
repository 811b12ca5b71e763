"""Keras' backend, set up so that the same run gives the same bits: TensorFlow, the reference, JAX or PyTorch.

runtime          what a process calls, first of all
sharing          several devices for one training
environment      which variables of the user's shell it takes out
on_tensorflow    what Keras has no word for, in each of them, under the same names:
on_jax             variables, import_package, set_up, gradient, prediction, peak_bytes, free_bytes, feed, feed_held,
on_torch           callbacks, sharing
"""
