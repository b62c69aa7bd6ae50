"""Environments side by side, as Git says that they are served, and what waits in each."""
