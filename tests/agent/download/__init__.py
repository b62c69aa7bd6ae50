"""Tests of the agent's download."""
