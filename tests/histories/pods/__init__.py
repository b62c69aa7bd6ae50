"""Random histories of pods, played with real processes, files and stores, in real time.

`events` is what may happen in a `world`, and `drawing` draws it from a seed. `runners` are the
pods, `stores` what they download from. `watching` judges what a server answered for at every
moment, and `outcome` what a pod has in the end. `python -m tests.histories.pods SEED DIR` plays
one history again.
"""
