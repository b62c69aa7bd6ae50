"""The exporter's side: a model is uploaded, and declared complete last."""
