"""The flow, of one environment and of several."""
