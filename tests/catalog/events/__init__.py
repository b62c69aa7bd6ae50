"""Notifications of stores."""
