"""Random histories of a fleet: a store, a policy, a branch, a clock, and pods that read it.

`world` plans commits with the real program, `pods` and `agents` run simulated servers on
them, `actions` is what may happen, and `drawing` draws histories of it. `mutants` are the
program with one of its rules switched off: `faults` are the changed functions, and
`witnesses` a short history for each that tells.
"""
