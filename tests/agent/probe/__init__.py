"""Tests of the probes of a pod."""
