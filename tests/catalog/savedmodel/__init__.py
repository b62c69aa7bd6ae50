"""SavedModels without TensorFlow."""
