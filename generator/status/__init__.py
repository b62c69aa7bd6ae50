"""Servers and agents compared with Git: a verdict on each model."""
