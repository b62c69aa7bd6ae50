"""The pods of a cluster, by kubectl."""
