"""TensorFlow Serving itself: its config, its REST API, and what it survives."""
