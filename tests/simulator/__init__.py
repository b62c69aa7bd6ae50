"""A deterministic model of a TensorFlow Serving model server, for tests.

It does what ServerCore 2.20.0 was observed to do with configurations and directories of
versions: `server` starts and reloads, `source` looks for versions, `manager` loads and
unloads them, `wedge` says when only a person can help. Every rule is a switch (`rules`).
`transcript` turns recorded runs of the real code into `scenarios`, and `scenario` replays them.
"""
