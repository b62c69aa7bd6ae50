"""The exporter's side."""
