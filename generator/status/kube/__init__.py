"""The pods of an environment in its cluster, found and reached by kubectl."""
