"""Tests of boxes on the dashboard of a fleet that is delivered by pull request."""
