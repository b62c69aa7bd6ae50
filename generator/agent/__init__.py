"""The agent: the program in a pod that takes its server from one state of Git to the next.

Data comes first: `Models` has the versions that the lock names fetched, whole or not at all.
"""

from generator.agent.download.models import Fetched, Models

__all__ = ["Fetched", "Models"]
