"""TensorFlow Serving's config and API."""
