"""SavedModels, read by ranges and without TensorFlow."""
