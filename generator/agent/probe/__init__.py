"""Probes in a pod: found beside the data of versions, and sent to the server."""
