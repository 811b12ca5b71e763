"""TensorFlow, set up so that the same run gives the same bits."""
