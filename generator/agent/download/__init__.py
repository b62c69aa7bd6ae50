"""Fetching what a lock names into the models folder of a pod."""
