"""Random histories of a fleet: a store, a policy, a branch, a clock, and pods that read it.

`world` plans commits with the real program, `pods` and `agents` run simulated servers on
them, `actions` is what may happen, `drawing` draws histories of it, and `mutants` are the
program with one of its rules switched off.
"""
