"""Tests of `generator/status/dashboard`."""
