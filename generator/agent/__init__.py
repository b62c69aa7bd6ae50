"""The agent: what stands in a pod between Git and the server.

Data comes first: `Models` has the versions that the lock names fetched, whole or not at all.
"""

from generator.agent.download.models import Fetched, Models

__all__ = ["Fetched", "Models"]
