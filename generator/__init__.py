"""GitOps configuration for TensorFlow Serving.

Read `pipeline` first: it is the program on one page. docs/architecture.md is the map.
"""

__version__ = "0.1.0"
