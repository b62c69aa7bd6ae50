"""Notifications of a store: messages that name the indexes to look at, between whole listings."""
