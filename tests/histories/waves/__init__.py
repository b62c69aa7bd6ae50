"""Random rollouts of new versions over the pods of an environment, in simulated time.

Each pod is the agent's own core beside a simulated server. `pod` is one of them, `world` has all,
with the network between them, and judges at every second. `drawing` draws from a seed what
happens; `mutants` are the rules of waves, each with what stands in its place when it is off.
"""
