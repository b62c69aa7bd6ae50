"""The fleet page: a static site of environments, models and what waits, to look at in a browser."""
