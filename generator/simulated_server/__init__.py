"""The simulated server: a stand-in for TensorFlow Serving that loads nothing.

It does what ServerCore 2.20.0 was observed to do with configurations and directories of
versions: `server` starts and reloads, `source` looks for versions, `manager` loads and
unloads them. Every rule is a switch (`rules`), and recorded runs of the real code are repeated
by the tests. `rest` answers as its REST API does.

`python -m generator.simulated_server` runs it as a process: for `tfs-gitops demo` and for tests.
Every model answers half-plus-two, and `folder` says how a version is told to fail.
"""
