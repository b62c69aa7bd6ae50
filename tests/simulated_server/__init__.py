"""Tests of the simulated server, against recordings of the real one.

`transcript` turns recorded runs of the real code into `scenarios`, `scenario` replays them, and
`wedge` says when only a person can help a server.
"""
