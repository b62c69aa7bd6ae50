"""Tests of the files and the server of a pod."""
