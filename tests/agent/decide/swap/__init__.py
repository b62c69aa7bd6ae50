"""Tests of the swaps of a pod: what has room, who may leave, and who goes first."""
