"""Requests to servers, and waits that have an end."""
