"""The swaps of a pod: what has no room beside the version before comes in its place."""
